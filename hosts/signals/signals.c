#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "signals.h"

// Those that a proxy may handle and that are sent to the process as a whole.
static const int asynchronous[] = {
	SIGHUP, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2, SIGALRM, SIGTERM, SIGWINCH, SIGIO, SIGPWR,
};

// What the thread that loads the library had blocked before.
static sigset_t before;

// Runs before Go's runtime starts its first thread. All threads of Go's take over what that one has blocked.
__attribute__((constructor(101))) static void block(void)
{
	sigset_t set;
	sigemptyset(&set);
	for (size_t i = 0; i < sizeof asynchronous / sizeof *asynchronous; i++)
		sigaddset(&set, asynchronous[i]);
	pthread_sigmask(SIG_BLOCK, &set, &before);
}

// Runs after it, as constructors without a number do.
__attribute__((constructor)) static void unblock(void) { pthread_sigmask(SIG_SETMASK, &before, NULL); }

static void use_alternate_stack(int number)
{
	struct sigaction action;
	if (sigaction(number, NULL, &action) || action.sa_flags & SA_ONSTACK)
		return;
	if (action.sa_handler == SIG_DFL || action.sa_handler == SIG_IGN)
		return;
	action.sa_flags |= SA_ONSTACK;
	sigaction(number, &action, NULL);
}

void proxylib_signals_mend(void)
{
	for (int number = 1; number < NSIG; number++)
		use_alternate_stack(number);
}

void proxylib_signals_mend_once(void)
{
	static atomic_bool mended;
	if (!atomic_load_explicit(&mended, memory_order_relaxed) && !atomic_exchange(&mended, true))
		proxylib_signals_mend();
}
