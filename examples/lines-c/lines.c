// A parser in C that the library loads from a file: a request is a line, whose first word rules can be about, and a
// reply is a line. docs/wasm-parsers.md is the interface, and says how this is built and used.

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
enum { REQUEST = 0, DENIED = 2 };                      // types of entries
enum { MAX_LINE = 1024, MAX_OPS = 16, INVALID_FRAME = 2 };

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

// An entry of the access log: the header, and space for texts.
static struct __attribute__((packed)) {
	u8 type, kinds, flags, status;
	u32 lengths[6];
	u64 time, request, sizes[3], offset;
	u8 texts[1024 + MAX_LINE];
} entry;

enum { FLAG_AUDIT = 1, FLAG_FIELDS = 32, TEXT_RULE = 0, TEXT_REASON = 1, TEXT_PROTOCOL = 3, TEXT_FIELDS = 4 };

static u8 *input;
static u32 input_size;
// owed is how many replies the server owes.
static u32 owed;

static const char description[] = "{\"name\": \"lines\","
				  " \"rule_keys\": [{\"name\": \"word\", \"field\": 1, \"match\": \"exact\", \"doc\": "
				  "\"its first word is this one\"}],"
				  " \"log_fields\": [{\"name\": \"word\", \"doc\": \"the first word\"}]}";

#ifndef DENIAL
#define DENIAL "denied\n"
#endif

static const char denial[] = DENIAL;

static u64 span(const void *address, u32 length) { return (u64)(u32)address << 32 | length; }

static void copy(u8 *to, const void *from, u32 n) { __builtin_memcpy(to, from, n); }

EXPORT("proxylib_abi_1") void abi(void) {}
EXPORT("proxylib_area") void *area_address(void) { return &area; }
EXPORT("proxylib_describe") u64 describe(void) { return span(description, sizeof description - 1); }
EXPORT("proxylib_close") void close_connection(void) {}

// The memory after what the linker has placed is the input.
extern u8 __heap_base;

EXPORT("proxylib_buffer") void *buffer(u32 size)
{
	u32 end = (u32)&__heap_base + size, have = (u32)__builtin_wasm_memory_size(0) << 16;
	if (end < size || end > have && __builtin_wasm_memory_grow(0, (end - have + 0xffff) >> 16) == (unsigned long)-1)
		return 0;
	input = &__heap_base;
	input_size = size;
	return input;
}

EXPORT("proxylib_configure") u64 configure(u32 length)
{
	static const char refusal[] = "the parser takes no configuration: leave it out";
	return length ? span(refusal, sizeof refusal - 1) : 0;
}

EXPORT("proxylib_open") u32 open_connection(u32 length)
{
	(void)length;
	area.held_bytes = MAX_LINE;
	return 0;
}

static int add(u64 code, u64 length)
{
	area.list[area.ops].code = code;
	area.list[area.ops].length = length;
	return ++area.ops < area.max_ops && area.ops < MAX_OPS;
}

static void fail(const char *reason)
{
	u32 n = 0;
	for (; reason[n]; n++)
		area.failure_text[n] = (u8)reason[n];
	area.failure = n;
	area.state |= STATE_FAILED;
	add(OP_ERROR, INVALID_FRAME);
}

// line_length returns the length of the line at the front with its end, 0 if the end is not there.
static u32 line_length(const u8 *line, u32 length)
{
	for (u32 n = 0; n < length && n < MAX_LINE; n++)
		if (line[n] == '\n')
			return n + 1;
	return 0;
}

// decide asks about a request of which one field is known.
static u32 decide(const u8 *word, u32 length)
{
	static struct __attribute__((packed)) {
		u8 classified, access;
		u16 fields;
		u32 field, offset;
		u8 kind;
		u32 length;
		u8 text[MAX_LINE];
	} request = {0, 0, 1, 1, 12, 0, 0, {0}};
	request.kind = length > 0;
	request.length = length;
	copy(request.text, word, length);
	return library_decide(&request, length ? 17 + length : 13);
}

static void add_text(u32 which, u32 *used, const void *text, u32 length)
{
	entry.lengths[which] = length;
	copy(entry.texts + *used, text, length);
	*used += length;
}

static u32 put_length(u8 *to, u32 n)
{
	to[0] = (u8)(n | 0x80), to[1] = (u8)(n >> 7);
	return 2;
}

// log_request writes the entry of a request with the verdict that the library has given last.
static void log_request(u32 verdict, const u8 *word, u32 length)
{
	u8 field[16 + MAX_LINE];
	u32 used = 0, n = 0, shown = length < 1000 ? length : 1000;
	for (u32 i = 0; i < shown; i++)
		if (word[i] < ' ' || word[i] > '~')
			shown = i;
	entry.type = verdict & ALLOWED ? REQUEST : DENIED;
	entry.flags = FLAG_FIELDS | (verdict & AUDITED ? FLAG_AUDIT : 0);
	entry.request = area.passed + area.denied;
	add_text(TEXT_RULE, &used, area.texts, area.rule);
	add_text(TEXT_REASON, &used, area.texts + area.rule, area.reason);
	add_text(TEXT_PROTOCOL, &used, "lines", 5);
	field[n++] = 2 << 3 | 2;
	n += put_length(field + n, 2 + 4 + 3 + shown);
	field[n++] = 1 << 3 | 2, field[n++] = 4;
	copy(field + n, "word", 4), n += 4;
	field[n++] = 2 << 3 | 2;
	n += put_length(field + n, shown);
	copy(field + n, word, shown), n += shown;
	add_text(TEXT_FIELDS, &used, field, n);
	library_log(&entry, (u32)(sizeof entry - sizeof entry.texts) + used);
}

// judge judges a request and reports whether there may be more operations.
static int judge(const u8 *line, u32 length)
{
	u32 word = 0;
	while (word + 1 < length && line[word] != ' ')
		word++;
	u32 verdict = decide(line, word);
	if (verdict & ALLOWED) {
		area.passed++, owed++;
		if (verdict & AUDITED)
			area.audited++;
		log_request(verdict, line, word);
		return add(OP_PASS, length);
	}
	area.denied++;
	log_request(verdict, line, word);
	u32 n = sizeof denial - 1;
	if (owed || area.capacity[1] - area.injected[1] < n) {
		fail("lines: a request is denied while replies are owed");
		return 0;
	}
	copy(area.buffers[1] + area.injected[1], denial, n);
	area.injected[1] += n;
	return add(OP_DROP, length);
}

EXPORT("proxylib_data") u32 data(u32 flags, u32 length)
{
	const u8 *at = input;
	area.ops = area.state = area.failure = 0;
	while (length) {
		u32 line = line_length(at, length);
		if (!line && length >= MAX_LINE) {
			fail("lines: the line is too long");
			break;
		}
		if (!line) {
			add(OP_MORE, 1);
			break;
		}
		if (flags & REPLY && !owed) {
			fail("lines: a reply without a request");
			break;
		}
		if (flags & REPLY ? (owed--, !add(OP_PASS, line)) : !judge(at, line))
			break;
		at += line, length -= line;
	}
	return 0;
}
