package memcache

import (
	"bytes"
	"math/bits"
)

// operations is a set of what requests do, a bit for each, as the rule key command names it.
type operations uint64

const (
	opAdd operations = 1 << iota
	opSet
	opReplace
	opAppend
	opPrepend
	opCas
	opIncr
	opDecr
	opGet
	opBget
	opDelete
	opTouch
	opGat
	opMetaGet
	opMetaSet
	opMetaDelete
	opMetaArithmetic
	opMetaDebug
	opMetaNoop
	opNoop
	opVersion
	opQuit
	opSaslList
	opSaslAuth
	opSaslStep
	opStats
	opFlush
	opVerbosity
	opCacheMemlimit
	opSlabs
	opLru
	opLruCrawler
	opWatch
	opShutdown
	opExtstore
	opRefreshCerts
	opMisbehave
	opDebugtime
	opDebugitem
)

// Groups of operations. Those of withKey, withValue and withTime tell what conditions can be about.
const (
	storage    = opAdd | opSet | opReplace | opAppend | opPrepend | opCas | opIncr | opDecr
	writeGroup = storage | opDelete | opTouch
	readonly   = opGet | opBget | opMetaDebug | opMetaNoop | opNoop | opVersion | opQuit
	admin      = opStats | opFlush | opVerbosity | opCacheMemlimit | opSlabs | opLru | opLruCrawler | opWatch |
		opShutdown | opExtstore | opRefreshCerts | opMisbehave | opDebugtime | opDebugitem

	withKey = writeGroup | opGet | opBget | opGat | opMetaGet | opMetaSet | opMetaDelete | opMetaArithmetic |
		opMetaDebug
	withValue = opAdd | opSet | opReplace | opAppend | opPrepend | opCas | opMetaSet
	withTime  = storage | opTouch | opGat | opDelete | opMetaGet | opMetaSet | opMetaDelete | opMetaArithmetic
)

// unserved are commands of the binary protocol that memcached does not know and that are never forwarded. Policies may
// name them; they match nothing. Those of the first list have keys.
var unserved = [2][]string{
	{"rget", "rset", "rsetq", "rappend", "rappendq", "rprepend", "rprependq", "rdelete", "rdeleteq", "rincr", "rincrq",
		"rdecr", "rdecrq"},
	{"set-vbucket", "get-vbucket", "del-vbucket", "tap-connect", "tap-mutation", "tap-delete", "tap-flush", "tap-opaque",
		"tap-vbucket-set", "tap-checkpoint-start", "tap-checkpoint-end"},
}

// operationNames holds the name of each operation, by the number of its bit.
var operationNames = bytes.Fields([]byte(`
	add set replace append prepend cas incr decr get bget delete touch gat mg ms md ma me mn noop version quit sasl-list-mechs
	sasl-auth sasl-step stats flush_all verbosity cache_memlimit slabs lru lru_crawler watch shutdown extstore refresh_certs
	misbehave debugtime debugitem`))

// nameOf returns the name of the first of some operations.
func nameOf(o operations) []byte { return operationNames[bits.TrailingZeros64(uint64(o))] }

// names returns the names of some operations.
func (o operations) names() (names []string) {
	for ; o != 0; o &= o - 1 {
		names = append(names, string(nameOf(o)))
	}
	return names
}

// named is what a value of the rule key command stands for.
type named struct {
	operations operations
	// keyed: a condition on keys makes sense.
	keyed bool
}

// names holds the values of the rule key command.
var names = func() map[string]named {
	m := map[string]named{}
	add := func(name string, a operations) { m[name] = named{a, a&withKey != 0} }
	for bit, name := range operationNames {
		add(string(name), 1<<bit)
	}
	add("noop", opNoop|opMetaNoop)
	add("storage", storage)
	add("writeGroup", writeGroup)
	add("readonly", readonly)
	add("admin", admin)
	for i, list := range unserved {
		for _, name := range list {
			m[name] = named{keyed: i == 0}
		}
	}
	return m
}()
