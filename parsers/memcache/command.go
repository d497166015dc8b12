package memcache

// form is the grammar of a command's arguments.
type form uint8

const (
	// formStorage: key flags exptime bytes [noreply], and a payload.
	formStorage form = iota
	// formAppend: the same, but the item keeps its expiration time.
	formAppend
	// formCas: key flags exptime bytes unique [noreply], and a payload.
	formCas
	// formMetaSet: key bytes flag..., and a payload.
	formMetaSet
	// formMeta: key flag...
	formMeta
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
	// formNumber: number [noreply], or noreply alone.
	formNumber
	// formIgnored: any words, which no server looks at.
	formIgnored
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
	// metaReply: a line that begins with a code of two letters; a value may follow it.
	metaReply
	// metaDebug: ME and what there is to know of an item, or EN.
	metaDebug
	// metaNoop: MN.
	metaNoop
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
	word       string
	form       form
	shape      shape
	operations operations
}

// payload reports whether a block of bytes follows the command line.
func (c *command) payload() bool { return c.form <= formMetaSet }

// meta reports whether the arguments are those of a meta command.
func (c *command) meta() bool { return c.form == formMeta || c.form == formMetaSet }

// silences reports whether noreply is an argument of the command.
func (c *command) silences() bool {
	switch c.form {
	case formStorage, formAppend, formCas, formDelete, formIncr, formTouch, formFlush, formNumber:
		return true
	}
	return false
}

// long reports whether the command line may be as long as [MaxKeysLine].
func (c *command) long() bool { return c.form == formGet || c.form == formGat }

// id is the place of a command in the table.
type id uint8

// commands are all commands that are ever forwarded. What a meta command does depends on its flags; see meta.go.
var commands = []command{
	{"set", formStorage, oneLine, opSet},
	{"add", formStorage, oneLine, opAdd},
	{"replace", formStorage, oneLine, opReplace},
	{"append", formAppend, oneLine, opAppend},
	{"prepend", formAppend, oneLine, opPrepend},
	{"cas", formCas, oneLine, opCas},
	{"get", formGet, retrieval, opGet},
	{"gets", formGet, retrieval, opGet},
	{"bget", formGet, retrieval, opBget},
	{"gat", formGat, retrieval, opGat},
	{"gats", formGat, retrieval, opGat},
	{"delete", formDelete, oneLine, opDelete},
	{"incr", formIncr, oneLine, opIncr},
	{"decr", formIncr, oneLine, opDecr},
	{"touch", formTouch, oneLine, opTouch},
	{"mg", formMeta, metaReply, opMetaGet},
	{"ms", formMetaSet, metaReply, opMetaSet},
	{"md", formMeta, metaReply, opMetaDelete},
	{"ma", formMeta, metaReply, opMetaArithmetic},
	{"me", formMeta, metaDebug, opMetaDebug},
	{"mn", formAlone, metaNoop, opMetaNoop},
	{"flush_all", formFlush, oneLine, opFlush},
	{"verbosity", formNumber, oneLine, opVerbosity},
	{"cache_memlimit", formNumber, oneLine, opCacheMemlimit},
	{"version", formIgnored, oneLine, opVersion},
	{"quit", formAlone, silent, opQuit},
	{"shutdown", formAny, oneLine, opShutdown},
	{"stats", formAny, statistics, opStats},
	{"slabs", formAny, oneLine, opSlabs},
	{"lru", formAny, oneLine, opLru},
	{"lru_crawler", formCrawler, oneLine, opLruCrawler},
	{"watch", formAny, stream, opWatch},
	{"extstore", formAny, oneLine, opExtstore},
	{"refresh_certs", formAny, oneLine, opRefreshCerts},
	{"misbehave", formAny, oneLine, opMisbehave},
	{"debugtime", formAny, oneLine, opDebugtime},
	{"debugitem", formAny, oneLine, opDebugitem},
}

// byInitial holds the commands by their first letter, in the order of the table, where the usual ones come first.
var byInitial = func() (lists [256][]id) {
	for i, c := range commands {
		lists[c.word[0]] = append(lists[c.word[0]], id(i))
	}
	return lists
}()

// find returns the place of a command in the table.
func find(word []byte) (id, bool) {
	if len(word) == 0 {
		return 0, false
	}
	for _, i := range byInitial[word[0]] {
		if commands[i].word == string(word) {
			return i, true
		}
	}
	return 0, false
}

// metaNoopID is the place of mn in the table, which closes runs of quiet requests.
var metaNoopID, _ = find([]byte("mn"))
