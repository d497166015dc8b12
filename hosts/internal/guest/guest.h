#ifndef PROXYLIB_GUEST_H
#define PROXYLIB_GUEST_H

// Makes all handlers of signals that are installed now run on alternate stacks, where a thread has one.
void proxylib_guest_mend_signals(void);

// Does so at the first call alone. It costs next to nothing afterwards.
void proxylib_guest_mend_signals_once(void);

#endif
