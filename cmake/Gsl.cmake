# GSL over OpenBLAS. Its own libgslcblas answers to the same cblas_ names and is some fifty times slower: named first on
# a link line it would serve our products too.
pkg_check_modules(GSL REQUIRED IMPORTED_TARGET gsl)
get_target_property(GSL_LIBRARIES_BUT_BLAS PkgConfig::GSL INTERFACE_LINK_LIBRARIES)
list(FILTER GSL_LIBRARIES_BUT_BLAS EXCLUDE REGEX "gslcblas")
set_property(TARGET PkgConfig::GSL PROPERTY INTERFACE_LINK_LIBRARIES ${GSL_LIBRARIES_BUT_BLAS})
