package memcache

import "math/bits"

// acts is a set of what requests do, a bit for each, as the rule key command names it.
type acts uint64

const (
	actAdd acts = 1 << iota
	actSet
	actReplace
	actAppend
	actPrepend
	actCas
	actIncr
	actDecr
	actGet
	actBget
	actDelete
	actTouch
	actGat
	actMetaGet
	actMetaSet
	actMetaDelete
	actMetaArithmetic
	actMetaDebug
	actMetaNoop
	actNoop
	actVersion
	actQuit
	actSaslList
	actSaslAuth
	actSaslStep
	actStats
	actFlush
	actVerbosity
	actCacheMemlimit
	actSlabs
	actLru
	actLruCrawler
	actWatch
	actShutdown
	actExtstore
	actRefreshCerts
	actMisbehave
	actDebugtime
	actDebugitem
)

// Groups of acts. Those of withKey, withValue and withTime tell what conditions can be about.
const (
	storage    = actAdd | actSet | actReplace | actAppend | actPrepend | actCas | actIncr | actDecr
	writeGroup = storage | actDelete | actTouch
	readonly   = actGet | actBget | actMetaDebug | actMetaNoop | actNoop | actVersion | actQuit
	admin      = actStats | actFlush | actVerbosity | actCacheMemlimit | actSlabs | actLru | actLruCrawler | actWatch |
		actShutdown | actExtstore | actRefreshCerts | actMisbehave | actDebugtime | actDebugitem

	withKey = writeGroup | actGet | actBget | actGat | actMetaGet | actMetaSet | actMetaDelete | actMetaArithmetic |
		actMetaDebug
	withValue = actAdd | actSet | actReplace | actAppend | actPrepend | actCas | actMetaSet
	withTime  = storage | actTouch | actGat | actDelete | actMetaGet | actMetaSet | actMetaDelete | actMetaArithmetic
)

// unserved are commands of the binary protocol that memcached does not know and that are never forwarded. Policies may
// name them; they match nothing. Those of the first list have keys.
var unserved = [2][]string{
	{"rget", "rset", "rsetq", "rappend", "rappendq", "rprepend", "rprependq", "rdelete", "rdeleteq", "rincr", "rincrq",
		"rdecr", "rdecrq"},
	{"set-vbucket", "get-vbucket", "del-vbucket", "tap-connect", "tap-mutation", "tap-delete", "tap-flush", "tap-opaque",
		"tap-vbucket-set", "tap-checkpoint-start", "tap-checkpoint-end"},
}

// actNames holds the name of each act, by the number of its bit.
var actNames = func() [64][]byte {
	var list [64][]byte
	for name, n := range names {
		if bits.OnesCount64(uint64(n.acts)) == 1 {
			list[bits.TrailingZeros64(uint64(n.acts))] = []byte(name)
		}
	}
	// The name noop covers mn, too.
	list[bits.TrailingZeros64(uint64(actNoop))] = []byte("noop")
	return list
}()

// named is what a value of the rule key command stands for.
type named struct {
	acts acts
	// keyed: a condition on keys makes sense.
	keyed bool
}

// names holds the values of the rule key command.
var names = func() map[string]named {
	m := map[string]named{}
	for name, a := range map[string]acts{
		"add": actAdd, "set": actSet, "replace": actReplace, "append": actAppend, "prepend": actPrepend, "cas": actCas,
		"incr": actIncr, "decr": actDecr, "get": actGet, "bget": actBget, "delete": actDelete, "touch": actTouch,
		"gat": actGat, "mg": actMetaGet, "ms": actMetaSet, "md": actMetaDelete, "ma": actMetaArithmetic,
		"me": actMetaDebug, "mn": actMetaNoop, "noop": actNoop | actMetaNoop, "version": actVersion, "quit": actQuit,
		"sasl-list-mechs": actSaslList, "sasl-auth": actSaslAuth, "sasl-step": actSaslStep, "stats": actStats,
		"flush_all": actFlush, "verbosity": actVerbosity, "cache_memlimit": actCacheMemlimit, "slabs": actSlabs,
		"lru": actLru, "lru_crawler": actLruCrawler, "watch": actWatch, "shutdown": actShutdown,
		"extstore": actExtstore, "refresh_certs": actRefreshCerts, "misbehave": actMisbehave,
		"debugtime": actDebugtime, "debugitem": actDebugitem,
		"storage": storage, "writeGroup": writeGroup, "readonly": readonly, "admin": admin,
	} {
		m[name] = named{acts: a, keyed: a&withKey != 0}
	}
	for i, list := range unserved {
		for _, name := range list {
			m[name] = named{keyed: i == 0}
		}
	}
	return m
}()
