// A parser in C that the library loads from a file: a request is a line, whose first word rules can be about, and a
// reply is a line. docs/wasm-parsers.md is the interface, and says how this is built and used.

#include "proxylib.h"

enum { MAX_LINE = 1024, FIELD_WORD = 1 };

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

PARSER(description, MAX_LINE)

// log_request writes the entry of a request.
static void log_request(u32 verdict, const u8 *word, u32 length)
{
	u32 shown = length < 1000 ? length : 1000;
	for (u32 i = 0; i < shown; i++)
		if (word[i] < ' ' || word[i] > '~')
			shown = i;
	entry_begin(verdict, "lines", 5);
	entry_field("word", 4, word, shown);
	entry_write();
}

// judge judges a request and reports whether there may be more operations.
static int judge(const u8 *line, u32 length)
{
	u32 word = 0;
	while (word + 1 < length && line[word] != ' ')
		word++;
	request_begin(1);
	request_field(FIELD_WORD);
	request_text(line, word, 1);
	u32 verdict = decide();
	log_request(verdict, line, word);
	if (verdict & ALLOWED) {
		owed++;
		return add(OP_PASS, length);
	}
	u32 n = sizeof denial - 1;
	if (owed || area.capacity[1] - area.injected[1] < n) {
		fail("lines: a request is denied while replies are owed");
		return 0;
	}
	inject(1, denial, n);
	return add(OP_DROP, length);
}

EXPORT("proxylib_data") u32 data(u32 flags, u32 length)
{
	const u8 *at = input;
	begin();
	while (length) {
		u32 line = line_length(at, length, MAX_LINE);
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
