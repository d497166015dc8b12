// The interface of parsers in files for C, as docs/wasm-parsers.md has it, for parsers of one file. It includes what
// each of them needs: the memory that the library writes to, requests for the policy, and entries of the access log.

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

#define EXPORT(name) __attribute__((export_name(name)))
#define IMPORT(name) __attribute__((import_module("proxylib"), import_name(name)))

// What the library provides.
IMPORT("decide") u32 library_decide(const void *request, u32 length);
IMPORT("log") void library_log(const void *entry, u32 length);

enum { ALLOWED = 1, AUDITED = 2 };                     // of decide
enum { REPLY = 1, END = 2 };                           // of proxylib_data
enum { STATE_FAILED = 16 };                            // of the state
enum { OP_MORE, OP_PASS, OP_DROP, OP_INJECT, OP_ERROR };
enum { INVALID_FRAME = 2 };                            // of OP_ERROR
enum { MAX_OPS = 16 };

// What both sides read and write.
static struct {
	u32 host, held_limit, injected[2], capacity[2], state, ops, failure, last_words;
	u64 passed, audited, denied;
	u32 held_bytes, rule, reason, max_ops;
	struct {
		u64 code, length;
	} list[MAX_OPS];
	u8 failure_text[256], texts[1024], buffers[2][1024];
} area __attribute__((aligned(8)));

static u64 span(const void *address, u32 length) { return (u64)(u32)address << 32 | length; }

static void copy(void *to, const void *from, u32 n) { __builtin_memcpy(to, from, n); }

EXPORT("proxylib_abi_1") void abi(void) {}
EXPORT("proxylib_area") void *area_address(void) { return &area; }

// The memory after what the linker has placed is the input.
extern u8 __heap_base;

static u8 *input;

EXPORT("proxylib_buffer") void *buffer(u32 size)
{
	u32 end = (u32)&__heap_base + size, have = (u32)__builtin_wasm_memory_size(0) << 16;
	if (end < size)
		return 0;
	if (end > have && __builtin_wasm_memory_grow(0, (end - have + 0xffff) >> 16) == (unsigned long)-1)
		return 0;
	input = &__heap_base;
	return input;
}

// PARSER makes the exports of a parser that takes no configuration, with its description, and the length of what it may
// need to see before it decides.
#define PARSER(description, most) \
	EXPORT("proxylib_describe") u64 describe(void) { return span(description, sizeof description - 1); } \
	EXPORT("proxylib_close") void close_connection(void) {} \
	EXPORT("proxylib_configure") u64 configure(u32 length) \
	{ \
		static const char refusal[] = "the parser takes no configuration: leave it out"; \
		return length ? span(refusal, sizeof refusal - 1) : 0; \
	} \
	EXPORT("proxylib_open") u32 open_connection(u32 length) \
	{ \
		(void)length; \
		area.held_bytes = most; \
		return 0; \
	}

// begin forgets the operations of the call before.
static void begin(void) { area.ops = area.state = area.failure = 0; }

// has_room reports whether the host takes one more operation.
static int has_room(void) { return area.ops < area.max_ops && area.ops < MAX_OPS; }

// add adds an operation, for which there is room, and reports whether there is room for one more.
static int add(u64 code, u64 length)
{
	area.list[area.ops].code = code;
	area.list[area.ops].length = length;
	area.ops++;
	return has_room();
}

// fail closes the connection. There is room for an operation.
static void fail(const char *reason)
{
	u32 n = 0;
	for (; reason[n] && n < sizeof area.failure_text; n++)
		area.failure_text[n] = (u8)reason[n];
	area.failure = n;
	area.state |= STATE_FAILED;
	add(OP_ERROR, INVALID_FRAME);
}

// inject puts bytes of a text into the inject buffer of a direction, and returns how many have space there.
static u32 inject(u32 direction, const void *text, u32 length)
{
	u32 space = area.capacity[direction] - area.injected[direction], n = length < space ? length : space;
	copy(area.buffers[direction] + area.injected[direction], text, n);
	area.injected[direction] += n;
	return n;
}

// line_length returns the length of the line at the front with its end, 0 if the end is not in the first most bytes.
static u32 line_length(const u8 *line, u32 length, u32 most)
{
	for (u32 n = 0; n < length && n < most; n++)
		if (line[n] == '\n')
			return n + 1;
	return 0;
}

// A request for the policy. Fields are all declared at once, and then have their values in that order.
static struct {
	u32 length, fields;
	u8 bytes[16 << 10];
} request;

static void put32(u8 *to, u32 n) { copy(to, &n, 4); }

static void request_begin(u32 fields)
{
	request.bytes[0] = request.bytes[1] = request.bytes[3] = 0;
	request.bytes[2] = (u8)fields;
	request.length = 4 + 8 * fields;
	request.fields = 0;
}

// request_field begins the next field.
static void request_field(u32 number)
{
	u8 *declared = request.bytes + 4 + 8 * request.fields++;
	put32(declared, number);
	put32(declared + 4, request.length);
}

// request_text adds a value of the field: the last one, or one after which another one comes. There is space for 16
// KiB.
static void request_text(const void *text, u32 length, int last)
{
	u8 *to = request.bytes + request.length;
	to[0] = (length > 0) | (last ? 0 : 0x80);
	request.length++;
	if (!length)
		return;
	put32(to + 1, length);
	copy(to + 5, text, length);
	request.length += 4 + length;
}

static u32 decide(void) { return library_decide(request.bytes, request.length); }

// An entry of the access log: the header, and space for texts.
static struct __attribute__((packed)) {
	u8 type, kinds, flags, status;
	u32 lengths[6];
	u64 time, request, sizes[3], offset;
	u8 texts[4 << 10];
} entry;

static u32 entry_used;

enum { ENTRY_REQUEST = 0, ENTRY_DENIED = 2, FLAG_AUDIT = 1, FLAG_FIELDS = 32 };
enum { TEXT_RULE = 0, TEXT_REASON = 1, TEXT_PROTOCOL = 3, TEXT_FIELDS = 4 };

static void entry_text(u32 which, const void *text, u32 length)
{
	entry.lengths[which] += length;
	copy(entry.texts + entry_used, text, length);
	entry_used += length;
}

// entry_begin counts a request, and begins its entry with the verdict that the library has given last.
static void entry_begin(u32 verdict, const char *protocol, u32 length)
{
	if (verdict & ALLOWED)
		area.passed++;
	else
		area.denied++;
	if (verdict & AUDITED)
		area.audited++;
	entry.type = verdict & ALLOWED ? ENTRY_REQUEST : ENTRY_DENIED;
	entry.flags = FLAG_FIELDS | (verdict & AUDITED ? FLAG_AUDIT : 0);
	entry.request = area.passed + area.denied;
	entry_used = 0;
	for (int i = 0; i < 6; i++)
		entry.lengths[i] = 0;
	entry_text(TEXT_RULE, area.texts, area.rule);
	entry_text(TEXT_REASON, area.texts + area.rule, area.reason);
	entry_text(TEXT_PROTOCOL, protocol, length);
}

// put_tag writes the tag of a part and its length, which takes two bytes.
static void put_tag(u8 *to, u8 number, u32 length)
{
	to[0] = number << 3 | 2, to[1] = (u8)(length | 0x80), to[2] = (u8)(length >> 7);
}

// entry_field adds a field of printable ASCII with at most 1,024 bytes. There is space for 2 KiB in all.
static void entry_field(const char *key, u32 key_length, const void *value, u32 length)
{
	u8 tag[3];
	put_tag(tag, 2, 3 + key_length + 3 + length);
	entry_text(TEXT_FIELDS, tag, 3);
	put_tag(tag, 1, key_length);
	entry_text(TEXT_FIELDS, tag, 3);
	entry_text(TEXT_FIELDS, key, key_length);
	put_tag(tag, 2, length);
	entry_text(TEXT_FIELDS, tag, 3);
	entry_text(TEXT_FIELDS, value, length);
}

static void entry_write(void) { library_log(&entry, (u32)(sizeof entry - sizeof entry.texts) + entry_used); }
