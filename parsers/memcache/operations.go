package memcache

import "math/bits"

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
var operationNames = func() [64][]byte {
	var list [64][]byte
	for name, n := range names {
		if bits.OnesCount64(uint64(n.operations)) == 1 {
			list[bits.TrailingZeros64(uint64(n.operations))] = []byte(name)
		}
	}
	// The name noop covers mn, too.
	list[bits.TrailingZeros64(uint64(opNoop))] = []byte("noop")
	return list
}()

// named is what a value of the rule key command stands for.
type named struct {
	operations operations
	// keyed: a condition on keys makes sense.
	keyed bool
}

// names holds the values of the rule key command.
var names = func() map[string]named {
	m := map[string]named{}
	for name, a := range map[string]operations{
		"add": opAdd, "set": opSet, "replace": opReplace, "append": opAppend, "prepend": opPrepend, "cas": opCas,
		"incr": opIncr, "decr": opDecr, "get": opGet, "bget": opBget, "delete": opDelete, "touch": opTouch,
		"gat": opGat, "mg": opMetaGet, "ms": opMetaSet, "md": opMetaDelete, "ma": opMetaArithmetic,
		"me": opMetaDebug, "mn": opMetaNoop, "noop": opNoop | opMetaNoop, "version": opVersion, "quit": opQuit,
		"sasl-list-mechs": opSaslList, "sasl-auth": opSaslAuth, "sasl-step": opSaslStep, "stats": opStats,
		"flush_all": opFlush, "verbosity": opVerbosity, "cache_memlimit": opCacheMemlimit, "slabs": opSlabs,
		"lru": opLru, "lru_crawler": opLruCrawler, "watch": opWatch, "shutdown": opShutdown,
		"extstore": opExtstore, "refresh_certs": opRefreshCerts, "misbehave": opMisbehave,
		"debugtime": opDebugtime, "debugitem": opDebugitem,
		"storage": storage, "writeGroup": writeGroup, "readonly": readonly, "admin": admin,
	} {
		m[name] = named{operations: a, keyed: a&withKey != 0}
	}
	for i, list := range unserved {
		for _, name := range list {
			m[name] = named{keyed: i == 0}
		}
	}
	return m
}()
