#include "program.h"

#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { MAX_SCRIPT = 1 << 16 };

static unsigned char script[MAX_SCRIPT];
static size_t script_length, script_at;
static char problem[1000];

void *load(const char *path)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	void *library = dlopen(path, RTLD_LAZY);
	if (!library) {
		fprintf(stderr, "%s\n", dlerror());
		return NULL;
	}
	const char *(*program_init)(void) = find(library, "program_init");
	program_init();
	return library;
}

void *find(void *library, const char *name)
{
	char full[200];
	snprintf(full, sizeof full, "envoy_dynamic_module_on_%s", name);
	void *hook = dlsym(library, full);
	if (!hook) {
		fprintf(stderr, "%s is missing\n", full);
		exit(2);
	}
	return hook;
}

unsigned next(void) { return script_at < script_length ? script[script_at++] : 0; }

bool more(void) { return script_at < script_length; }

void wrong(const char *format, ...)
{
	if (*problem)
		return;
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(problem, sizeof problem, format, arguments);
	va_end(arguments);
}

void verdict(void) { puts(*problem ? problem : "ok"); }

bool play_all(void (*play)(void))
{
	unsigned char length[4];
	size_t n;
	while ((n = fread(length, 1, sizeof length, stdin)) == sizeof length) {
		script_length = length[0] | length[1] << 8 | length[2] << 16 | (size_t)length[3] << 24;
		if (script_length > MAX_SCRIPT || fread(script, 1, script_length, stdin) != script_length)
			return false;
		script_at = 0;
		*problem = 0;
		play();
		verdict();
	}
	return n == 0;
}
