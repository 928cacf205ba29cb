/// Signals: Ctrl-C and kill ask a run to stop at its next checkpoint; a reader that goes away is no failure.
#pragma once
#include <stdbool.h>

void interrupt_prepare(void);

/// The signal that asked to stop, 0 while there is none.
int interrupt_signal(void);

/// Whether the last failed write failed because nobody reads any more (`quenched list | head`).
bool interrupt_pipe_closed(void);
