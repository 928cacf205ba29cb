// What a description of a wide network says of one layer. Its check is in wide_check.c.
#include <quenched/wide_network.h>

double qn_wide_strength(const qn_wide_network *network, size_t step)
{
    return network->strengths ? network->strengths[step - 1] : network->strength;
}

double qn_wide_bias(const qn_wide_network *network, size_t layer)
{
    return network->biases ? network->biases[layer] : network->bias;
}

double qn_wide_output_strength(const qn_wide_network *network)
{
    return network->own_output ? network->output_strength : network->strength;
}

double qn_wide_output_bias(const qn_wide_network *network)
{
    return network->own_output ? network->output_bias : network->bias;
}

size_t qn_wide_width(const qn_wide_network *network, size_t layer)
{
    return network->widths ? network->widths[layer] : network->width;
}

size_t qn_wide_readout_count(const qn_wide_network *network)
{
    return network->readout_count ? network->readout_count : 1;
}

size_t qn_wide_readout(const qn_wide_network *network, size_t which)
{
    return network->readout_count ? network->readouts[which] : network->depth;
}

bool qn_wide_has_input(const qn_wide_network *network, size_t layer)
{
    return layer == 0 || network->input_mode != QN_WIDE_INPUT_FIRST;
}
