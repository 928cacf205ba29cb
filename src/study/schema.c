#include "study/schema.h"

#include "base/fail.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *skip_digits(const char *text)
{
    while (isdigit((unsigned char)*text)) ++text;
    return text;
}

// [-+]? (digits [. digits*] | . digits) ([eE] [-+]? digits)?
static bool is_decimal(const char *text)
{
    if (*text == '-' || *text == '+') ++text;
    const char *end = skip_digits(text);
    bool digits = end != text;
    if (*end == '.') {
        const char *fraction = end + 1;
        end = skip_digits(fraction);
        digits = digits || end != fraction;
    }
    if (!digits) return false;
    if (*end != 'e' && *end != 'E') return !*end;
    const char *exponent = end + 1;
    if (*exponent == '-' || *exponent == '+') ++exponent;
    end = skip_digits(exponent);
    return end != exponent && !*end;
}

bool qn_parse_number(const char *text, double *value)
{
    if (!is_decimal(text)) return false;
    errno = 0;
    *value = strtod(text, NULL);
    return errno == 0 && isfinite(*value);
}

bool qn_parse_whole(const char *text, int64_t *value)
{
    const char *digits = *text == '-' || *text == '+' ? text + 1 : text;
    if (*digits && !*skip_digits(digits)) {
        errno = 0;
        *value = strtoll(text, NULL, 10);
        return errno == 0;
    }
    double number;
    if (!qn_parse_number(text, &number) || number != floor(number) || fabs(number) > 9007199254740992.0) return false;
    *value = (int64_t)number;
    return true;
}

const qn_key *qn_key_find(const qn_key *keys, const char *name)
{
    for (; keys && keys->name; ++keys)
        if (!strcmp(keys->name, name)) return keys;
    return NULL;
}

const qn_key *qn_key_at(const qn_key *keys, const char *path, const qn_key **parent, char step[128])
{
    const qn_key *key = NULL;
    for (*parent = keys;;) {
        const size_t length = strcspn(path, ".");
        snprintf(step, 128, "%.*s", (int)(length < 127 ? length : 127), path);
        const bool index = key && key->type == QN_KEY_LIST && key->keys && *step && !*skip_digits(step);
        if (!index) key = qn_key_find(*parent, step);
        if (!key) return NULL;
        if (!path[length]) return key;
        path += length + 1;
        // The keys below a list's item are those of the list; before its index there are none.
        const bool listing = key->type == QN_KEY_LIST && !index;
        *parent = listing ? NULL : key->keys;
        if (listing && !isdigit((unsigned char)*path)) *parent = NULL;
    }
}

// Optimal string alignment: insertions, deletions, substitutions, and neighbours swapped.
static size_t edit_distance(const char *a, const char *b)
{
    enum { LONGEST = 48 };
    const size_t m = strlen(a), n = strlen(b);
    if (m > LONGEST || n > LONGEST) return LONGEST;
    size_t table[LONGEST + 1][LONGEST + 1];
    for (size_t i = 0; i <= m; ++i) table[i][0] = i;
    for (size_t j = 0; j <= n; ++j) table[0][j] = j;
    for (size_t i = 1; i <= m; ++i)
        for (size_t j = 1; j <= n; ++j) {
            size_t best = table[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            if (table[i - 1][j] + 1 < best) best = table[i - 1][j] + 1;
            if (table[i][j - 1] + 1 < best) best = table[i][j - 1] + 1;
            const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped && table[i - 2][j - 2] + 1 < best) best = table[i - 2][j - 2] + 1;
            table[i][j] = best;
        }
    return table[m][n];
}

static bool closer(const char *name, const char *wrong, size_t *best)
{
    const size_t distance = edit_distance(name, wrong), length = strlen(wrong);
    const size_t allowed = length < 3 ? 1 : length < 9 ? length / 3 : 3;
    if (distance > allowed || distance >= *best) return false;
    *best = distance;
    return true;
}

const char *qn_key_like(const qn_key *keys, const char *wrong)
{
    const char *like = NULL;
    size_t best = SIZE_MAX;
    for (; keys && keys->name; ++keys)
        if (closer(keys->name, wrong, &best)) like = keys->name;
    return like;
}

const char *qn_choice_like(const char *const *choices, const char *wrong)
{
    const char *like = NULL;
    size_t best = SIZE_MAX;
    for (; choices && *choices; ++choices)
        if (closer(*choices, wrong, &best)) like = *choices;
    return like;
}

static qn_status add_choices(const char *const *choices, qn_text *out)
{
    for (size_t i = 0; choices[i]; ++i) {
        const char *before = i == 0 ? "" : choices[i + 1] ? ", " : " or ";
        QN_TRY(qn_text_add(out, "%s%s", before, choices[i]));
    }
    return QN_OK;
}

static const char *type_name(qn_key_type type, bool plural)
{
    switch (type) {
    case QN_KEY_TEXT: return plural ? "texts" : "text";
    case QN_KEY_NUMBER: return plural ? "numbers" : "a number";
    case QN_KEY_WHOLE: return plural ? "whole numbers" : "a whole number";
    case QN_KEY_FLAG: return "true or false";
    case QN_KEY_MAPPING: return plural ? "mappings" : "a mapping of keys";
    case QN_KEY_PATHS: return "a mapping from keys to values";
    case QN_KEY_LIST: return "a list";
    case QN_KEY_TABLE: return "a number, a list of numbers (one per source) or a list of such rows (one per target)";
    case QN_KEY_CHOICE: return "a name";
    }
    return "a value";
}

qn_status qn_key_allowed(const qn_key *key, bool with_type, qn_text *out)
{
    const bool list = key->type == QN_KEY_LIST;
    if (list) QN_TRY(qn_text_add(out, "a list of "));
    const qn_key_type type = list ? key->item : key->type;
    if (key->choices) return add_choices(key->choices, out);

    const bool typed = with_type || list || !key->bounds;
    if (typed) QN_TRY(qn_text_add(out, "%s", type_name(type, list)));
    const char *comma = typed ? ", " : "";
    if (key->bounds & QN_AT_LEAST) QN_TRY(qn_text_add(out, "%sat least %.15g", comma, key->least));
    if (key->bounds & QN_ABOVE) QN_TRY(qn_text_add(out, "%sgreater than %.15g", comma, key->least));
    if (key->bounds & QN_AT_MOST) QN_TRY(qn_text_add(out, ", at most %.15g", key->most));
    if (key->unit) QN_TRY(qn_text_add(out, " (%s)", key->unit));
    return QN_OK;
}
