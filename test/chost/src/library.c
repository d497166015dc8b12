#include "library.h"

#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const result_names[RESULTS] = {
	"ok",
	"policy drop",
	"parser error",
	"unknown parser",
	"unknown connection",
	"invalid address",
	"invalid instance",
	"unknown error",
};

const char *const op_names[OP_ERROR + 1] = {"MORE", "PASS", "DROP", "INJECT", "ERROR"};

void fail(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	fputs("chost: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	exit(2);
}

void *take(size_t count, size_t size)
{
	void *memory = calloc(count, size);
	if (!memory)
		fail("out of memory");
	return memory;
}

struct string copy_string(const char *text)
{
	size_t length = strlen(text);
	char *copy = take(length ? length : 1, 1);
	memcpy(copy, text, length);
	return (struct string){copy, (ptrdiff_t)length};
}

// find puts the address of a symbol into a pointer to a function.
static void find(void *handle, const char *name, void *pointer)
{
	void *address = dlsym(handle, name);
	if (!address)
		fail("%s", dlerror());
	memcpy(pointer, &address, sizeof address);
}

void library_load(struct library *library, const char *path)
{
	void *handle = dlopen(path, RTLD_NOW);
	if (!handle)
		fail("%s", dlerror());
	find(handle, "OpenModule", &library->open_module);
	find(handle, "CloseModule", &library->close_module);
	find(handle, "OnNewConnection", &library->on_new_connection);
	find(handle, "OnData", &library->on_data);
	find(handle, "Close", &library->close);
}
