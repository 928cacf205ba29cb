#include "temporary.h"
#include "testing.h"

#include "study/checkpoint.h"

#include <stdlib.h>
#include <unistd.h>

static char path[TEMPORARY_SIZE];

static int make_path(void **state)
{
    (void)state;
    temporary_name("checkpoint", path);
    const int file = mkstemp(path);
    if (file < 0) return -1;
    close(file);
    return 0;
}

static int remove_path(void **state)
{
    (void)state;
    return remove(path);
}

typedef struct {
    size_t records, last;
    double sum;
} seen;

static qn_status look(size_t job, size_t count, const double *numbers, void *context)
{
    seen *s = context;
    ++s->records;
    s->last = job;
    for (size_t i = 0; i < count; ++i) s->sum += numbers[i];
    return QN_OK;
}

static void write_two(void)
{
    qn_checkpoint *checkpoint;
    assert_ok(qn_checkpoint_begin(path, 42, &checkpoint));
    assert_ok(qn_checkpoint_add(checkpoint, 0, 2, (double[]){1, 2}));
    assert_ok(qn_checkpoint_add(checkpoint, 3, 1, (double[]){4}));
    qn_checkpoint_close(checkpoint);
}

static void records_come_back(void **state)
{
    (void)state;
    qn_checkpoint *checkpoint;
    seen s = {0};
    write_two();
    assert_ok(qn_checkpoint_resume(path, 42, look, &s, &checkpoint));
    assert_int_equal(s.records, 2);
    assert_int_equal(s.last, 3);
    assert_within(s.sum, 7, 0);
    assert_ok(qn_checkpoint_add(checkpoint, 5, 1, (double[]){8}));
    qn_checkpoint_close(checkpoint);
    s = (seen){0};
    assert_ok(qn_checkpoint_resume(path, 42, look, &s, &checkpoint));
    qn_checkpoint_close(checkpoint);
    assert_within(s.sum, 15, 0);
}

// Cut anywhere: the records before the cut stand, and the next one is appended after them.
static void a_torn_record_is_dropped(void **state)
{
    (void)state;
    write_two();
    FILE *file = fopen(path, "rb");
    fseek(file, 0, SEEK_END);
    const long full = ftell(file);
    fclose(file);
    for (long cut = 1; cut < 32; ++cut) {
        qn_checkpoint *checkpoint;
        write_two();
        assert_int_equal(truncate(path, full - cut), 0);
        seen s = {0};
        assert_ok(qn_checkpoint_resume(path, 42, look, &s, &checkpoint));
        assert_int_equal(s.records, 1);
        assert_ok(qn_checkpoint_add(checkpoint, 9, 1, (double[]){5}));
        qn_checkpoint_close(checkpoint);
        s = (seen){0};
        assert_ok(qn_checkpoint_resume(path, 42, look, &s, &checkpoint));
        qn_checkpoint_close(checkpoint);
        assert_int_equal(s.records, 2);
        assert_within(s.sum, 8, 0);
    }
}

static void a_flipped_bit_is_noticed(void **state)
{
    (void)state;
    write_two();
    FILE *file = fopen(path, "r+b");
    fseek(file, -3, SEEK_END);
    const int byte = fgetc(file);
    fseek(file, -3, SEEK_END);
    fputc(byte ^ 1, file);
    fclose(file);
    qn_checkpoint *checkpoint;
    seen s = {0};
    assert_ok(qn_checkpoint_resume(path, 42, look, &s, &checkpoint));
    qn_checkpoint_close(checkpoint);
    assert_int_equal(s.records, 1);
}

static void foreign_files_are_refused_and_left_alone(void **state)
{
    (void)state;
    qn_checkpoint *checkpoint;
    seen s = {0};
    write_two();
    assert_fails(qn_checkpoint_resume(path, 43, look, &s, &checkpoint), QN_BAD_VALUE, "a checkpoint of another study");
    assert_ok(qn_checkpoint_resume(path, 42, look, &s, &checkpoint));
    qn_checkpoint_close(checkpoint);
    assert_int_equal(s.records, 2);
    FILE *file = fopen(path, "wb");
    fputs("my thesis", file);
    fclose(file);
    assert_fails(qn_checkpoint_resume(path, 42, look, &s, &checkpoint), QN_BAD_FILE, "not a checkpoint");
    assert_fails(qn_checkpoint_begin("/nowhere/x", 1, &checkpoint), QN_IO_ERROR, "/nowhere/x");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_come_back),
        cmocka_unit_test(a_torn_record_is_dropped),
        cmocka_unit_test(a_flipped_bit_is_noticed),
        cmocka_unit_test(foreign_files_are_refused_and_left_alone),
    };
    return cmocka_run_group_tests(tests, make_path, remove_path);
}
