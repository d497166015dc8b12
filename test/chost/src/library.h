// The five functions of a proxylib library, in the types of C, and how to load them.
#ifndef CHOST_LIBRARY_H
#define CHOST_LIBRARY_H

#include <stddef.h>
#include <stdint.h>

// A string and a slice as Go lays them out. A slice's len and cap count elements.
struct string {
	const char *data;
	ptrdiff_t length;
};

struct slice {
	void *data;
	int64_t len, cap;
};

enum op { OP_MORE, OP_PASS, OP_DROP, OP_INJECT, OP_ERROR };

struct filter_op {
	uint64_t op;
	int64_t n;
};

// op_names are the names of operations.
extern const char *const op_names[OP_ERROR + 1];

enum result {
	RESULT_OK,
	RESULT_POLICY_DROP,
	RESULT_PARSER_ERROR,
	RESULT_UNKNOWN_PARSER,
	RESULT_UNKNOWN_CONNECTION,
	RESULT_INVALID_ADDRESS,
	RESULT_INVALID_INSTANCE,
	RESULT_UNKNOWN_ERROR,
	RESULTS
};

// result_names are the names of results in transcripts.
extern const char *const result_names[RESULTS];

// library holds what dlsym has found.
struct library {
	// params are pairs of strings.
	uint64_t (*open_module)(struct slice params, uint8_t debug);
	void (*close_module)(uint64_t instance);
	enum result (*on_new_connection)(uint64_t instance, struct string parser, uint64_t connection, uint8_t ingress,
	                                 uint32_t source, uint32_t destination, struct string source_address,
	                                 struct string destination_address, struct string policy_name,
	                                 struct slice *original_inject, struct slice *reply_inject);
	// data is a slice of slices of bytes, ops one of filter_op.
	enum result (*on_data)(uint64_t connection, uint8_t reply, uint8_t end_stream, struct slice *data,
	                       struct slice *ops);
	void (*close)(uint64_t connection);
};

// library_load loads a library or ends the program with a message. A library made with Go stays for good.
void library_load(struct library *library, const char *path);

// fail ends the program with a message.
_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

// take returns memory, all zero, or ends the program.
void *take(size_t count, size_t size);

// copy_string returns a string in memory of its own, to be freed, with nothing after its last byte.
struct string copy_string(const char *text);

#endif
