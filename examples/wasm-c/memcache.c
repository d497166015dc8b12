// A parser in C for clients of memcached that only read: it passes the commands get, gets and version of the text
// protocol, and closes the connection at any other one, since those have forms of which it does not know the end. Keys
// are printable ASCII. It takes the place of the library's own parser, with some of its rule keys and log fields. A
// denial takes its turn among the replies that the server owes. Unlike the library's parser it does not look whether
// values are those of the keys that were asked for. Source:
// https://github.com/memcached/memcached/blob/master/doc/protocol.txt.

#include "proxylib.h"

enum { MAX_LINE = 2048, MAX_KEY = 250, FIELD_COMMAND = 1, FIELD_KEY = 2 };
enum { MAX_SHOWN = 512, MAX_DIGITS = 10, CR_LF = 2 };

static const char description[] =
	"{\"name\": \"memcache\", \"rule_keys\": ["
	"{\"name\": \"command\", \"field\": 1, \"match\": \"exact\", \"values\": {\"get\": [\"get\", \"gets\"], "
	"\"version\": "
	"[\"version\"]}, \"doc\": \"its command is this one; get is gets as well\"},"
	" {\"name\": \"keyExact\", \"field\": 2, \"match\": \"exact\", \"max_len\": 250, \"doc\": \"its keys are "
	"exactly this\"},"
	" {\"name\": \"keyPrefix\", \"field\": 2, \"match\": \"prefix\", \"max_len\": 250, \"doc\": \"its keys begin "
	"with this\"}],"
	" \"log_fields\": [{\"name\": \"command\", \"doc\": \"the command\"},"
	" {\"name\": \"keys\", \"doc\": \"the keys with `, ` between them, cut after about 512 bytes\"}],"
	" \"access\": [{\"access\": \"read\", \"doc\": \"all commands\"}]}";

static const char denial[] = "CLIENT_ERROR access denied\r\n";

enum { DENIAL_LENGTH = sizeof denial - 1 };

PARSER(description, MAX_LINE)

// What the client is owed, in its order: replies of the server, and denials.
enum turn { OWED_NOTHING, OWED_VALUES, OWED_LINE, OWED_DENIAL };
enum { MAX_TURNS = 1 << 14 };
static u8 turns[MAX_TURNS];
static u32 first_turn, turn_count;
// sent is how many bytes of the denial whose turn it is have been sent.
static u32 sent;

static enum turn turn(void) { return turn_count ? turns[first_turn] : OWED_NOTHING; }

static void end_turn(void)
{
	first_turn = (first_turn + 1) % MAX_TURNS;
	turn_count--;
}

// send_denials puts the denials whose turn it is into the inject buffer, as far as they have space, and returns how
// many bytes.
static u32 send_denials(void)
{
	u32 total = 0;
	while (turn() == OWED_DENIAL) {
		u32 n = inject(1, denial + sent, DENIAL_LENGTH - sent);
		total += n;
		sent += n;
		if (sent < DENIAL_LENGTH)
			break;
		sent = 0;
		end_turn();
	}
	return total;
}

// add_pass passes bytes, in one operation with those before.
static void add_pass(u64 length)
{
	if (area.ops && area.list[area.ops - 1].code == OP_PASS)
		area.list[area.ops - 1].length += length;
	else
		add(OP_PASS, length);
}

// begins reports whether a line begins with a text.
static int begins(const u8 *line, u32 length, const char *text)
{
	for (u32 i = 0; text[i]; i++)
		if (i == length || line[i] != (u8)text[i])
			return 0;
	return 1;
}

// word_length returns the length of the word at the front, which ends before a space or the end.
static u32 word_length(const u8 *text, u32 length)
{
	u32 n = 0;
	while (n < length && text[n] > ' ' && text[n] < 0x7f)
		n++;
	return n;
}

// keys are those of the request, as they are logged.
static u8 keys[MAX_SHOWN + MAX_KEY + 8];
static u32 keys_length;

static void show_key(const u8 *key, u32 length)
{
	if (keys_length > MAX_SHOWN)
		return;
	if (keys_length)
		copy(keys + keys_length, ", ", 2), keys_length += 2;
	if (keys_length > MAX_SHOWN)
		copy(keys + keys_length, "...", 3), keys_length += 3;
	else
		copy(keys + keys_length, key, length), keys_length += length;
}

// read_keys adds the keys of a line without its end to the question, and reports whether it is well formed: one space
// before each.
static int read_keys(const u8 *at, u32 length)
{
	if (!length)
		return 0;
	while (length) {
		u32 n = at[0] == ' ' ? word_length(at + 1, length - 1) : 0;
		if (n == 0 || n > MAX_KEY)
			return 0;
		show_key(at + 1, n);
		request_text(at + 1, n, n + 1 == length);
		at += n + 1, length -= n + 1;
	}
	return 1;
}

// ask asks the policy about a line. The verdict on one that is malformed is a denial, whatever the policy says.
static u32 ask(const u8 *line, u32 length, u32 command)
{
	int well_formed = length >= CR_LF && line[length - CR_LF] == '\r';
	length -= well_formed ? CR_LF : 1;
	keys_length = 0;
	request_begin(2);
	request_field(FIELD_COMMAND);
	request_text(line, command, 1);
	request_field(FIELD_KEY);
	if (line[0] == 'v') {
		well_formed = well_formed && length == command;
		request_text("", 0, 1);
	} else {
		well_formed = read_keys(line + command, length - command) && well_formed;
	}
	if (well_formed)
		return decide();
	static const char reason[] = "malformed command line";
	area.rule = 0;
	area.reason = sizeof reason - 1;
	copy(area.texts, reason, area.reason);
	return 0;
}

// judge carries the verdict on a line out.
static void judge(const u8 *line, u32 length)
{
	u32 command = word_length(line, length);
	if (!(command == 3 && begins(line, length, "get")) && !(command == 4 && begins(line, length, "gets")) &&
	    !(command == 7 && begins(line, length, "version"))) {
		fail("memcache: a command that this parser does not know");
		return;
	}
	if (turn_count == MAX_TURNS) {
		fail("memcache: too many requests wait for a reply");
		return;
	}
	u32 verdict = ask(line, length, command), allowed = verdict & ALLOWED;
	entry_begin(verdict, "memcache", 8);
	entry_field("command", 7, line, command);
	if (keys_length)
		entry_field("keys", 4, keys, keys_length);
	entry_write();
	turns[(first_turn + turn_count++) % MAX_TURNS] = !allowed         ? OWED_DENIAL
	                                                 : line[0] == 'v' ? OWED_LINE
	                                                                  : OWED_VALUES;
	if (allowed)
		add_pass(length);
	else
		add(OP_DROP, length);
}

// block_length returns the length of the block after a line VALUE, its line end included, 0 if the line is malformed.
static u64 block_length(const u8 *at, u32 length)
{
	u32 key = word_length(at, length);
	at += key, length -= key;
	u32 flags = length && at[0] == ' ' ? word_length(at + 1, length - 1) : 0;
	if (!key || !flags)
		return 0;
	at += 1 + flags, length -= 1 + flags;
	u32 digits = length && at[0] == ' ' ? word_length(at + 1, length - 1) : 0;
	if (digits == 0 || digits > MAX_DIGITS)
		return 0;
	u64 n = 0;
	for (u32 i = 1; i <= digits; i++) {
		if (at[i] < '0' || at[i] > '9')
			return 0;
		n = 10 * n + at[i] - '0';
	}
	at += 1 + digits, length -= 1 + digits;
	u32 unique = length && at[0] == ' ' ? word_length(at + 1, length - 1) : 0;
	if (unique)
		at += 1 + unique, length -= 1 + unique;
	return length == CR_LF ? n + CR_LF : 0;
}

// is_last reports whether a line ends a reply.
static int is_last(const u8 *line, u32 length)
{
	if (turn() == OWED_LINE && begins(line, length, "VERSION "))
		return 1;
	if (turn() == OWED_VALUES && begins(line, length, "END\r\n"))
		return 1;
	return begins(line, length, "ERROR\r\n") || begins(line, length, "ERROR ") ||
	       begins(line, length, "CLIENT_ERROR ") || begins(line, length, "SERVER_ERROR ");
}

// reply judges a line of the server's, and returns how many bytes have been passed with it.
static u64 reply(const u8 *line, u32 length)
{
	int whole = length >= CR_LF && line[length - CR_LF] == '\r';
	// A server that has too many connections says so unasked.
	if (whole && turn() == OWED_NOTHING && begins(line, length, "ERROR ")) {
		add_pass(length);
		return length;
	}
	if (whole && turn() != OWED_NOTHING && is_last(line, length)) {
		add_pass(length);
		end_turn();
		return length;
	}
	u64 block = 0;
	if (whole && turn() == OWED_VALUES && begins(line, length, "VALUE "))
		block = block_length(line + 6, length - 6);
	if (!block) {
		fail("memcache: not a reply to the request");
		return 0;
	}
	add_pass(length + block);
	return length + block;
}

EXPORT("proxylib_data") u32 data(u32 flags, u32 left)
{
	const u8 *at = input;
	begin();
	if (!(flags & REPLY))
		send_denials();
	while (has_room()) {
		u32 injected = flags & REPLY ? send_denials() : 0;
		if (injected && (!add(OP_INJECT, injected) || turn() == OWED_DENIAL))
			break;
		if (!left)
			break;
		u32 length = line_length(at, left, MAX_LINE);
		if (!length && left >= MAX_LINE) {
			fail("memcache: the line is too long");
			break;
		}
		if (!length) {
			add(OP_MORE, 1);
			break;
		}
		u64 done = length;
		if (flags & REPLY)
			done = reply(at, length);
		else
			judge(at, length);
		if (area.state & STATE_FAILED || done >= left)
			left = 0;
		else
			at += done, left -= done;
	}
	if (!(flags & REPLY))
		send_denials();
	return 0;
}
