#include "cli/interrupt.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t asked_to_stop;

// The second time, the user means it: the default action ends the process.
static void remember(int signal_number) { asked_to_stop = signal_number; }

void interrupt_prepare(void)
{
    static const int wanted[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action = {.sa_handler = remember, .sa_flags = (int)(SA_RESTART | SA_RESETHAND)};
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; ++i) {
        struct sigaction before;
        // Where the caller ignores a signal (nohup), it stays ignored.
        if (!sigaction(wanted[i], NULL, &before) && before.sa_handler == SIG_IGN) continue;
        sigaction(wanted[i], &action, NULL);
    }
    // Errors of writing are reported by the write itself: no reader, file too large.
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
}

int interrupt_signal(void) { return asked_to_stop; }

bool interrupt_pipe_closed(void) { return errno == EPIPE; }
