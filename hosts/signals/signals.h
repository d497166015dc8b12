#ifndef PROXYLIB_SIGNALS_H
#define PROXYLIB_SIGNALS_H

// Makes all handlers of signals that are installed now run on alternate stacks, where a thread has one.
void proxylib_signals_mend(void);

// Does so at the first call alone. It costs next to nothing afterwards.
void proxylib_signals_mend_once(void);

#endif
