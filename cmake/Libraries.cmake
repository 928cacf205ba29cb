# The libraries under quenched. All are packages of Debian; tools/install-packages names them.
find_package(PkgConfig REQUIRED)
find_package(OpenMP REQUIRED COMPONENTS C)
pkg_check_modules(FFTW REQUIRED IMPORTED_TARGET fftw3)
include(${CMAKE_CURRENT_LIST_DIR}/Gsl.cmake)
pkg_check_modules(NETCDF REQUIRED IMPORTED_TARGET netcdf)
# The HDF5 under netCDF, asked to keep its own error log off the user's terminal.
pkg_search_module(HDF5 REQUIRED IMPORTED_TARGET hdf5-serial hdf5)
pkg_check_modules(CYAML REQUIRED IMPORTED_TARGET libcyaml)
pkg_check_modules(YAML REQUIRED IMPORTED_TARGET yaml-0.1)
pkg_check_modules(ZLIB REQUIRED IMPORTED_TARGET zlib)
pkg_check_modules(OPENBLAS REQUIRED IMPORTED_TARGET openblas)
# Maximises the evidence over hyperparameters within bounds.
pkg_check_modules(NLOPT REQUIRED IMPORTED_TARGET nlopt)

find_path(SUNDIALS_INCLUDE kinsol/kinsol.h REQUIRED)
find_library(SUNDIALS_KINSOL sundials_kinsol REQUIRED)
find_library(SUNDIALS_CVODE sundials_cvode REQUIRED)
find_library(SUNDIALS_NVECTOR sundials_nvecserial REQUIRED)
find_library(SUNDIALS_GENERIC sundials_generic)
find_path(RANDOM123_INCLUDE Random123/philox.h REQUIRED)
