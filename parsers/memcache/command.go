package memcache

import "strings"

// form is the grammar of a command's arguments, a letter for each in their order:
//
//	k  a key, and K one or more
//	n  a number of 32 bits, and N one of 64
//	t  the expiration time, and T one that servers ignore
//	b  the length of the payload that follows the line
//	0  a 0, or nothing
//	d  a delay, or nothing
//	v  a number, or noreply alone
//	r  noreply, or nothing
//	m  flags of a meta command
//	c  a subcommand of lru_crawler, spelled out
//	a  any words, but no noreply: whether it silences the server depends on the server
//	i  any words, which no server looks at
type form string

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
func (c *command) payload() bool { return c.form.has('b') }

func (f form) has(letter byte) bool { return strings.IndexByte(string(f), letter) >= 0 }

// silences reports whether noreply is an argument of the command.
func (c *command) silences() bool { return c.form.has('r') }

// long reports whether the command line may be as long as [MaxKeysLine].
func (c *command) long() bool { return c.form.has('K') }

// id is the place of a command in the table.
type id uint8

// commands are all commands that are ever forwarded. What a meta command does depends on its flags; see meta.go.
var commands = []command{
	{"set", "kntbr", oneLine, opSet},
	{"add", "kntbr", oneLine, opAdd},
	{"replace", "kntbr", oneLine, opReplace},
	{"append", "knTbr", oneLine, opAppend},
	{"prepend", "knTbr", oneLine, opPrepend},
	{"cas", "kntbNr", oneLine, opCas},
	{"get", "K", retrieval, opGet},
	{"gets", "K", retrieval, opGet},
	{"bget", "K", retrieval, opBget},
	{"gat", "tK", retrieval, opGat},
	{"gats", "tK", retrieval, opGat},
	{"delete", "k0r", oneLine, opDelete},
	{"incr", "kNr", oneLine, opIncr},
	{"decr", "kNr", oneLine, opDecr},
	{"touch", "ktr", oneLine, opTouch},
	{"mg", "km", metaReply, opMetaGet},
	{"ms", "kbm", metaReply, opMetaSet},
	{"md", "km", metaReply, opMetaDelete},
	{"ma", "km", metaReply, opMetaArithmetic},
	{"me", "km", metaDebug, opMetaDebug},
	{"mn", "", metaNoop, opMetaNoop},
	{"flush_all", "dr", oneLine, opFlush},
	{"verbosity", "vr", oneLine, opVerbosity},
	{"cache_memlimit", "vr", oneLine, opCacheMemlimit},
	{"version", "i", oneLine, opVersion},
	{"quit", "", silent, opQuit},
	{"shutdown", "a", oneLine, opShutdown},
	{"stats", "a", statistics, opStats},
	{"slabs", "a", oneLine, opSlabs},
	{"lru", "a", oneLine, opLru},
	{"lru_crawler", "c", oneLine, opLruCrawler},
	{"watch", "a", stream, opWatch},
	{"extstore", "a", oneLine, opExtstore},
	{"refresh_certs", "a", oneLine, opRefreshCerts},
	{"misbehave", "a", oneLine, opMisbehave},
	{"debugtime", "a", oneLine, opDebugtime},
	{"debugitem", "a", oneLine, opDebugitem},
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
