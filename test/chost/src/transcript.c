#define _GNU_SOURCE
#include "transcript.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// unescape appends the bytes that text stands for, up to its end or an unescaped closing parenthesis, and returns
// where it has stopped.
static const char *unescape(struct bytes *out, const char *text, bool nested)
{
	while (*text && !(nested && *text == ')')) {
		char c = *text++;
		if (c != '\\') {
			bytes_append(out, &c, 1);
			continue;
		}
		unsigned value;
		switch (c = *text++) {
		case 'r': c = '\r'; break;
		case 'n': c = '\n'; break;
		case 't': c = '\t'; break;
		case '\\': break;
		case 'x':
			if (sscanf(text, "%2x", &value) != 1)
				fail("transcript: \\x without two digits");
			c = (char)value;
			text += 2;
			break;
		case '*': {
			char *open;
			long times = strtol(text, &open, 10);
			struct bytes unit = {0};
			text = unescape(&unit, open + 1, true) + 1;
			while (times-- > 0)
				bytes_append(out, unit.data, unit.length);
			free(unit.data);
			continue;
		}
		default: fail("transcript: \\%c is unknown", c);
		}
		bytes_append(out, &c, 1);
	}
	return text;
}

static void add_step(struct transcript *t, bool reply, bool end_stream, const char *text)
{
	if (t->step_count == MAX_STEPS)
		fail("transcript %s: more than %d steps", t->name, MAX_STEPS);
	struct step *s = &t->steps[t->step_count++];
	s->reply = reply;
	s->end_stream = end_stream;
	unescape(&s->data, text, false);
}

static void parse_line(struct transcript *t, const char *word, const char *text)
{
	if (!strcmp(word, "connect")) {
		if (sscanf(text, "%ms %u %u", &t->parser, &t->port, &t->identity) != 3)
			fail("transcript %s: connect wants PARSER PORT IDENTITY", t->name);
	} else if (!strcmp(word, "from")) {
		t->from = strdup(text);
	} else if (!strcmp(word, "client") || !strcmp(word, "server")) {
		add_step(t, *word == 's', false, text);
	} else if (!strcmp(word, "client-end") || !strcmp(word, "server-end")) {
		add_step(t, *word == 's', true, "");
	} else if (!strcmp(word, "repeat")) {
		t->repeated = t->step_count;
	} else if (!strcmp(word, "renew")) {
		t->renewed = true;
	} else if (!strcmp(word, "to-server")) {
		unescape(&t->out[0], text, false);
	} else if (!strcmp(word, "to-client")) {
		unescape(&t->out[1], text, false);
	} else if (!strcmp(word, "result")) {
		t->result = strdup(text);
	} else if (strcmp(word, "log")) {
		fail("transcript %s: unknown word %s", t->name, word);
	}
}

struct transcript *transcripts_read(const char *path, int *count)
{
	FILE *file = fopen(path, "r");
	if (!file)
		fail("cannot read transcripts in %s", path);
	struct transcript *all = NULL;
	char *line = NULL;
	size_t room = 0;
	*count = 0;
	while (getline(&line, &room, file) >= 0) {
		line[strcspn(line, "\n")] = 0;
		if (!*line || *line == '#')
			continue;
		char *text = strchr(line, ' ');
		if (text)
			*text++ = 0;
		else
			text = line + strlen(line);
		if (!strcmp(line, "case")) {
			all = realloc(all, (size_t)(*count + 1) * sizeof *all);
			if (!all)
				fail("out of memory");
			all[(*count)++] = (struct transcript){
				.name = strdup(text),
				.from = "10.0.0.2:34567",
				.result = "ok",
			};
			continue;
		}
		if (!*count)
			fail("transcript: %s before the first case", line);
		parse_line(&all[*count - 1], line, text);
	}
	free(line);
	fclose(file);
	return all;
}

void transcript_renew(const struct transcript *t, uint64_t number)
{
	if (!t->renewed)
		return;
	const struct bytes *b = &t->steps[t->repeated].data;
	size_t end = b->length;
	while (end && !isdigit(b->data[end - 1]))
		end--;
	for (; end && isdigit(b->data[end - 1]); end--) {
		b->data[end - 1] = (unsigned char)('0' + number % 10);
		number /= 10;
	}
}

void transcript_open(const struct transcript *t, struct connection *c, const struct library *library, uint64_t instance,
                     uint64_t id)
{
	char destination[32];
	snprintf(destination, sizeof destination, "10.0.0.1:%u", t->port);
	struct facts facts = {
		.parser = t->parser,
		.source_address = t->from,
		.destination_address = destination,
		.policy_name = "10.0.0.1",
		.source = t->identity,
		.destination = 1,
		.ingress = true,
	};
	connection_open(c, library, instance, id, &facts);
}
