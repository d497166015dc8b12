// A Proxy-Wasm plugin that makes the calls which ours makes for each request of memcached and its reply, and nothing
// else: it reads both, counts the request, and for the access log reads the clock twice, adds to a histogram and writes
// lines of the same length. What it costs is what no plugin can do without.

typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long long u64;

#define EXPORT(name) __attribute__((export_name(name)))
#define IMPORT(module, name) __attribute__((import_module(module), import_name(name)))

IMPORT("env", "proxy_log") u32 proxy_log(u32 level, const void *text, u32 length);
IMPORT("env", "proxy_get_buffer_bytes")
u32 proxy_get_buffer_bytes(u32 buffer, u32 start, u32 length, void *address, u32 *size);
IMPORT("env", "proxy_define_metric") u32 proxy_define_metric(u32 kind, const void *name, u32 length, u32 *id);
IMPORT("env", "proxy_increment_metric") u32 proxy_increment_metric(u32 id, u64 by);
IMPORT("env", "proxy_record_metric") u32 proxy_record_metric(u32 id, u64 value);
IMPORT("env", "proxy_set_tick_period_milliseconds") u32 proxy_set_tick_period(u32 milliseconds);
IMPORT("env", "proxy_set_effective_context") u32 proxy_set_effective_context(u32 id);
IMPORT("wasi_snapshot_preview1", "clock_time_get") u32 clock_time_get(u32 clock, u64 precision, u64 *now);

enum { INFO = 2, COUNTER = 0, HISTOGRAM = 2, MONOTONIC = 1 };
enum { DOWNSTREAM_DATA = 2, UPSTREAM_DATA = 3, CONFIGURATION = 7 };

// Lines wait up to 8 KiB or 0.1 s.
enum { MAX_LINES = 8 << 10, LOG_AFTER = 100 };

// Plugins and streams are found by the lowest bits of their numbers.
enum { PLUGINS = 64, STREAMS = 1 << 12 };

static struct plugin {
	u32 id, passed, latency, logs;
} plugins[PLUGINS];

static struct {
	struct plugin *plugin;
	u64 since;
} streams[STREAMS];

static u8 scratch[64 << 10], lines[MAX_LINES + 512];
static u32 waiting, ticks;
static volatile u32 seen;

static const char line[] =
	"{\"time\":\"2026-11-28T08:53:20.000020123Z\",\"type\":\"request\",\"connection\":1234,\"request\":12345,"
	"\"ingress\":true,\"policy\":\"127.0.0.1\",\"proxy_id\":0,\"rule\":\"inline\","
	"\"source_id\":0,\"destination_id\":0,\"source\":\"127.0.0.1:47111\",\"destination\":\"127.0.0.1:11211\","
	"\"parser\":\"memcache\",\"proto\":\"textmemcached\","
	"\"fields\":{\"command\":\"get\",\"keys\":\"load/plugin-get-16/12\"},\"status\":\"ok\","
	"\"request_bytes\":28,\"reply_bytes\":140,\"latency_ns\":123456,\"reply\":{\"status\":\"hit\"}}\n";

EXPORT("proxy_abi_version_0_2_1") void abi_version(void) {}
EXPORT("proxy_on_vm_start") u32 on_vm_start(u32 id, u32 size) { return 1; }
EXPORT("proxy_on_new_connection") u32 on_new_connection(u32 id) { return 0; }
EXPORT("proxy_on_done") u32 on_done(u32 id) { return 1; }
EXPORT("proxy_on_log") void on_log(u32 id) {}

EXPORT("proxy_on_memory_allocate") void *on_memory_allocate(u32 size) { return size <= sizeof scratch ? scratch : 0; }

EXPORT("proxy_on_context_create") void on_context_create(u32 id, u32 parent)
{
	if (parent)
		streams[id % STREAMS].plugin = &plugins[parent % PLUGINS];
}

static u32 read(u32 buffer, u32 length)
{
	u32 size = 0, address;
	if (length == 0 || proxy_get_buffer_bytes(buffer, 0, length, &address, &size))
		return 0;
	return size;
}

// find returns where a text ends in the scratch, 0 if it is not there.
static u32 find(u32 size, const char *text)
{
	for (u32 i = 0; i < size; i++) {
		u32 n = 0;
		while (text[n] && i + n < size && scratch[i + n] == text[n])
			n++;
		if (!text[n])
			return i + n;
	}
	return 0;
}

// define defines a metric, whose name has the stat_prefix of the configuration in the middle.
static u32 define(u32 kind, u32 prefix, const char *name)
{
	static const char begin[] = "proxylib.";
	u8 whole[128];
	u32 n = 0, id = 0;
	for (const char *c = begin; *c; c++)
		whole[n++] = *c;
	for (u32 i = prefix; scratch[i] != '"' && n < sizeof whole / 2; i++)
		whole[n++] = scratch[i];
	for (; *name; name++)
		whole[n++] = *name;
	proxy_define_metric(kind, whole, n, &id);
	return id;
}

EXPORT("proxy_on_configure") u32 on_configure(u32 id, u32 length)
{
	u32 size = read(CONFIGURATION, length), prefix = find(size, "\"stat_prefix\":\"");
	struct plugin *p = &plugins[id % PLUGINS];
	if (!prefix)
		return 0;
	p->id = id;
	p->logs = find(size, "\"access_log\":") != 0;
	p->passed = define(COUNTER, prefix, ".passed");
	p->latency = define(HISTOGRAM, prefix, ".latency_us");
	return 1;
}

static void write_lines(void)
{
	if (waiting)
		proxy_log(INFO, lines, waiting - 1);
	waiting = 0;
}

EXPORT("proxy_on_tick") void on_tick(u32 id)
{
	write_lines();
	proxy_set_tick_period(0);
	ticks = 0;
}

EXPORT("proxy_on_delete") void on_delete(u32 id) { write_lines(); }

static void look(u32 size)
{
	u32 sum = 0;
	for (u32 i = 0; i < size; i++)
		sum += scratch[i];
	seen = sum;
}

EXPORT("proxy_on_downstream_data") u32 on_downstream_data(u32 id, u32 length, u32 end)
{
	struct plugin *p = streams[id % STREAMS].plugin;
	u32 size = read(DOWNSTREAM_DATA, length);
	if (!size)
		return 0;
	look(size);
	proxy_increment_metric(p->passed, 1);
	if (p->logs)
		clock_time_get(MONOTONIC, 0, &streams[id % STREAMS].since);
	return 0;
}

EXPORT("proxy_on_upstream_data") u32 on_upstream_data(u32 id, u32 length, u32 end)
{
	struct plugin *p = streams[id % STREAMS].plugin;
	u32 size = read(UPSTREAM_DATA, length);
	u64 now;
	if (!size)
		return 0;
	look(size);
	if (!p->logs)
		return 0;
	clock_time_get(MONOTONIC, 0, &now);
	proxy_record_metric(p->latency, (now - streams[id % STREAMS].since) / 1000);
	__builtin_memcpy(lines + waiting, line, sizeof line - 1);
	waiting += sizeof line - 1;
	if (waiting > MAX_LINES)
		write_lines();
	if (!ticks) {
		ticks = 1;
		proxy_set_effective_context(p->id);
		proxy_set_tick_period(LOG_AFTER);
		proxy_set_effective_context(id);
	}
	return 0;
}
