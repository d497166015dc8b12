package memcache

// form is the grammar of a command's arguments.
type form uint8

const (
	// formStorage: key flags exptime bytes [noreply], and a payload.
	formStorage form = iota
	// formCas: key flags exptime bytes unique [noreply], and a payload.
	formCas
	// formGet: key, one or more.
	formGet
	// formGat: exptime, then one or more keys.
	formGat
	// formDelete: key [0] [noreply].
	formDelete
	// formIncr: key delta [noreply].
	formIncr
	// formTouch: key exptime [noreply].
	formTouch
	// formFlush: [delay] [noreply].
	formFlush
	// formNumber: number [noreply].
	formNumber
	// formAlone: nothing.
	formAlone
	// formAny: any words, but no noreply: whether it silences the server depends on the server.
	formAny
	// formCrawler: one of the subcommands of lru_crawler, spelled out.
	formCrawler
)

// shape is the grammar of a reply.
type shape uint8

const (
	// silent: there is no reply.
	silent shape = iota
	// oneLine: one line, whatever it says.
	oneLine
	// retrieval: any number of values, then END.
	retrieval
	// statistics: lines that begin with STAT, ITEM or PREFIX, then END; or RESET or OK alone.
	statistics
	// metadump and mgdump: OK (not from all servers), a line for each item, then END or EN.
	metadump
	mgdump
	// stream: OK, and then lines without end.
	stream
)

// command is what there is to know of a command word.
type command struct {
	word  string
	form  form
	shape shape
}

// keyed tells whether requests with the command have keys.
func (c *command) keyed() bool { return c.form <= formTouch }

// payload tells whether a block of bytes follows the command line.
func (c *command) payload() bool { return c.form == formStorage || c.form == formCas }

// long tells whether the command line may be as long as [MaxKeysLine].
func (c *command) long() bool { return c.form == formGet || c.form == formGat }

// id is the place of a command in the table.
type id uint8

// commands are all commands that are ever forwarded.
var commands = []command{
	{"set", formStorage, oneLine},
	{"add", formStorage, oneLine},
	{"replace", formStorage, oneLine},
	{"append", formStorage, oneLine},
	{"prepend", formStorage, oneLine},
	{"cas", formCas, oneLine},
	{"get", formGet, retrieval},
	{"gets", formGet, retrieval},
	{"bget", formGet, retrieval},
	{"gat", formGat, retrieval},
	{"gats", formGat, retrieval},
	{"delete", formDelete, oneLine},
	{"incr", formIncr, oneLine},
	{"decr", formIncr, oneLine},
	{"touch", formTouch, oneLine},
	{"flush_all", formFlush, oneLine},
	{"verbosity", formNumber, oneLine},
	{"cache_memlimit", formNumber, oneLine},
	{"version", formAlone, oneLine},
	{"quit", formAlone, silent},
	{"shutdown", formAny, oneLine},
	{"stats", formAny, statistics},
	{"slabs", formAny, oneLine},
	{"lru", formAny, oneLine},
	{"lru_crawler", formCrawler, oneLine},
	{"watch", formAny, stream},
	{"extstore", formAny, oneLine},
	{"refresh_certs", formAny, oneLine},
	{"misbehave", formAny, oneLine},
	{"debugtime", formAny, oneLine},
	{"debugitem", formAny, oneLine},
}

// byWord finds commands in the table.
var byWord = func() map[string]id {
	m := make(map[string]id, len(commands))
	for i, c := range commands {
		m[c.word] = id(i)
	}
	return m
}()

// meta holds the words of the meta commands.
var meta = map[string]bool{"mg": true, "ms": true, "md": true, "ma": true, "me": true, "mn": true}
