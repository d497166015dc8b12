#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/prctl.h>

#include "guest.h"

// How late, in nanoseconds, the kernel may wake Go threads in timed waits.
#define TIMER_SLACK 4000000

// Signals that a proxy may handle and that are sent to the process as a whole.
static const int asynchronous[] = {
	SIGHUP, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2, SIGALRM, SIGTERM, SIGWINCH, SIGIO, SIGPWR,
};

// What the thread that loads the library had before. It gets all back: loading the library changes only the threads of
// Go. Setting it later is not possible: a thread takes it over from the one that creates it, and the runtime creates
// threads while the library is loaded.
static sigset_t own_mask;
static int own_slack, own_policy;

// Has the kernel schedule the calling thread by another policy of those without priorities, if it may.
static void schedule_by(int policy)
{
	struct sched_param none = {0};
	sched_setscheduler(0, policy, &none);
}

// Runs before Go's runtime starts its first thread. All Go threads inherit what that one has.
__attribute__((constructor(101))) static void before_go(void)
{
	sigset_t set;
	sigemptyset(&set);
	for (size_t i = 0; i < sizeof asynchronous / sizeof *asynchronous; i++)
		sigaddset(&set, asynchronous[i]);
	pthread_sigmask(SIG_BLOCK, &set, &own_mask);
	own_slack = prctl(PR_GET_TIMERSLACK);
	prctl(PR_SET_TIMERSLACK, TIMER_SLACK);
	// Somebody may have given the proxy another one on purpose.
	own_policy = sched_getscheduler(0);
	if (own_policy == SCHED_OTHER)
		schedule_by(SCHED_BATCH);
}

// Runs after it, as constructors without a number do.
__attribute__((constructor)) static void after_go(void)
{
	pthread_sigmask(SIG_SETMASK, &own_mask, NULL);
	if (own_slack > 0)
		prctl(PR_SET_TIMERSLACK, own_slack);
	if (own_policy == SCHED_OTHER)
		schedule_by(SCHED_OTHER);
}

void proxylib_guest_wake_in_time(void)
{
	static _Thread_local bool done;
	if (done)
		return;
	done = true;
	if (own_slack > 0)
		prctl(PR_SET_TIMERSLACK, own_slack);
}

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

void proxylib_guest_use_alt_signal_stacks(void)
{
	for (int number = 1; number < NSIG; number++)
		use_alternate_stack(number);
}

void proxylib_guest_use_alt_signal_stacks_once(void)
{
	static atomic_bool done;
	if (!atomic_load_explicit(&done, memory_order_relaxed) && !atomic_exchange(&done, true))
		proxylib_guest_use_alt_signal_stacks();
}
