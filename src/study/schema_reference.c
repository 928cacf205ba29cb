// The reference of a schema's keys, from the table that checks them.
#include "study/schema.h"

#include <stdlib.h>
#include <string.h>

static void write_allowed(const qn_key *key, FILE *stream)
{
    qn_key plain = *key;
    plain.unit = NULL;
    qn_text allowed = {0};
    if (qn_key_allowed(&plain, true, &allowed) == QN_OK) fputs(allowed.bytes, stream);
    free(allowed.bytes);
    if (key->shorthand) fprintf(stream, ", or just its `%s`", key->shorthand);
}

static void write_row(const qn_key *key, FILE *stream)
{
    const char *unit = key->unit ? key->unit : "";
    const char *fallback = key->fallback_doc ? key->fallback_doc : key->fallback ? key->fallback : "";
    fprintf(stream, "| `%s` | ", key->name);
    write_allowed(key, stream);
    fprintf(stream, " | %s | %s | %s |\n", unit, key->required ? "**required**" : fallback, key->doc);
}

void qn_schema_reference(const qn_key *keys, const char *path, FILE *stream)
{
    fputs("| key | allowed | unit | default | meaning |\n| --- | --- | --- | --- | --- |\n", stream);
    for (const qn_key *key = keys; key->name; ++key) write_row(key, stream);
    fputc('\n', stream);
    for (const qn_key *key = keys; key->name; ++key) {
        if (!key->keys) continue;
        char below[256];
        snprintf(below, sizeof below, "%s%s%s", path, *path ? "." : "", key->name);
        fprintf(stream, "### `%s`%s\n\n", below, key->type == QN_KEY_LIST ? " (each entry)" : "");
        qn_schema_reference(key->keys, below, stream);
    }
}
