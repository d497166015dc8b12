// Code generated from commands.txt; DO NOT EDIT.

package command

import "github.com/proxylib/proxylib/proxylib"

var table = map[string]*Command{
	"acl|cat": {Name: "acl|cat", Text: []byte("acl|cat"), Access: proxylib.Read, Categories: []string{"slow"}, items: []item{
		{repeat: optional, kinds: []Kind{Value}},
	}},
	"acl|deluser": {Name: "acl|deluser", Text: []byte("acl|deluser"), Access: proxylib.Admin, Categories: []string{"admin", "dangerous", "slow"}, least: 1, items: []item{
		{repeat: rest, kinds: []Kind{User}},
	}},
	"acl|dryrun": {Name: "acl|dryrun", Text: []byte("acl|dryrun"), Access: proxylib.Admin, Categories: []string{"admin", "dangerous", "slow"}, least: 2, items: []item{
		{repeat: once, kinds: []Kind{User}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
		{repeat: rest, kinds: []Kind{Secret}},
	}},
	"acl|genpass": {Name: "acl|genpass", Text: []byte("acl|genpass"), Access: proxylib.Read, Categories: []string{"slow"}, items: []item{
		{repeat: optional, kinds: []Kind{Value}},
	}},
	"acl|getuser": {Name: "acl|getuser", Text: []byte("acl|getuser"), Access: proxylib.Admin, Categories: []string{"admin", "dangerous", "slow"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{User}},
	}},
	"acl|help": {Name: "acl|help", Text: []byte("acl|help"), Access: proxylib.Read, Categories: []string{"slow"}},
	"acl|list": {Name: "acl|list", Text: []byte("acl|list"), Access: proxylib.Admin, Categories: []string{"admin", "dangerous", "slow"}},
	"acl|load": {Name: "acl|load", Text: []byte("acl|load"), Access: proxylib.Admin, Categories: []string{"admin", "dangerous", "slow"}},
	"acl|log": {Name: "acl|log", Text: []byte("acl|log"), Access: proxylib.Admin, Categories: []string{"admin", "dangerous", "slow"}, items: []item{
		{repeat: optional, kinds: []Kind{Value}},
	}},
	"acl|save": {Name: "acl|save", Text: []byte("acl|save"), Access: proxylib.Admin, Categories: []string{"admin", "dangerous", "slow"}},
	"acl|setuser": {Name: "acl|setuser", Text: []byte("acl|setuser"), Access: proxylib.Admin, Categories: []string{"admin", "dangerous", "slow"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{User}},
		{repeat: rest, kinds: []Kind{Secret}},
	}},
	"acl|users":  {Name: "acl|users", Text: []byte("acl|users"), Access: proxylib.Admin, Categories: []string{"admin", "dangerous", "slow"}},
	"acl|whoami": {Name: "acl|whoami", Text: []byte("acl|whoami"), Access: proxylib.Read, Basic: true, Categories: []string{"slow"}},
	"append": {Name: "append", Text: []byte("append"), Access: proxylib.Write, Categories: []string{"fast", "string", "write"}, least: 2, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
	}},
	"asking": {Name: "asking", Text: []byte("asking"), Access: proxylib.Read, Basic: true, Categories: []string{"connection", "fast"}},
	"auth": {Name: "auth", Text: []byte("auth"), Access: proxylib.Read, Basic: true, Effect: Auth, Categories: []string{"connection", "fast"}, least: 1, items: []item{
		{repeat: optional, kinds: []Kind{User}, after: 1},
		{repeat: once, kinds: []Kind{Secret}},
	}},
	"bgrewriteaof": {Name: "bgrewriteaof", Text: []byte("bgrewriteaof"), Access: proxylib.Admin, Categories: []string{"admin", "dangerous", "slow"}},
	"bgsave": {Name: "bgsave", Text: []byte("bgsave"), Access: proxylib.Admin, Categories: []string{"admin", "dangerous", "slow"}, items: []item{
		{repeat: options, options: []option{
			{name: "schedule"},
			{name: "cancel"},
		}},
	}},
	"bitcount": {Name: "bitcount", Text: []byte("bitcount"), Access: proxylib.Read, Categories: []string{"bitmap", "read", "slow"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Key}},
		{repeat: optional, kinds: []Kind{Value}},
		{repeat: optional, kinds: []Kind{Value}},
		{repeat: options, options: []option{
			{name: "byte"},
			{name: "bit"},
		}},
	}},
	"bitfield": {Name: "bitfield", Text: []byte("bitfield"), Access: proxylib.Write, Categories: []string{"bitmap", "slow", "write"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Key}},
		{repeat: options, options: []option{
			{name: "get", kinds: []Kind{Value, Value}, form: fixed},
			{name: "overflow", kinds: []Kind{Value}, form: fixed},
			{name: "set", kinds: []Kind{Value, Value, Value}, form: fixed},
			{name: "incrby", kinds: []Kind{Value, Value, Value}, form: fixed},
		}},
	}},
	"bitfield_ro": {Name: "bitfield_ro", Text: []byte("bitfield_ro"), Access: proxylib.Read, Categories: []string{"bitmap", "fast", "read"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Key}},
		{repeat: options, options: []option{
			{name: "get", kinds: []Kind{Value, Value}, form: fixed},
		}},
	}},
	"bitop": {Name: "bitop", Text: []byte("bitop"), Access: proxylib.Write, Categories: []string{"bitmap", "slow", "write"}, least: 3, items: []item{
		{repeat: once, kinds: []Kind{Value}, after: 2},
		{repeat: once, kinds: []Kind{Key}, after: 1},
		{repeat: rest, kinds: []Kind{Key}},
	}},
	"bitpos": {Name: "bitpos", Text: []byte("bitpos"), Access: proxylib.Read, Categories: []string{"bitmap", "read", "slow"}, least: 2, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
		{repeat: optional, kinds: []Kind{Value}},
		{repeat: optional, kinds: []Kind{Value}},
		{repeat: options, options: []option{
			{name: "byte"},
			{name: "bit"},
		}},
	}},
	"blmove": {Name: "blmove", Text: []byte("blmove"), Access: proxylib.Write, Categories: []string{"blocking", "list", "slow", "write"}, least: 5, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 4},
		{repeat: once, kinds: []Kind{Key}, after: 3},
		{repeat: once, kinds: []Kind{Word}, words: []string{"left", "right"}, after: 2},
		{repeat: once, kinds: []Kind{Word}, words: []string{"left", "right"}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
	}},
	"blmpop": {Name: "blmpop", Text: []byte("blmpop"), Access: proxylib.Write, Categories: []string{"blocking", "list", "slow", "write"}, least: 3, items: []item{
		{repeat: once, kinds: []Kind{Value}, after: 2},
		{repeat: once, kinds: []Kind{Number}, after: 1},
		{repeat: counted, kinds: []Kind{Key}, after: 1},
		{repeat: once, kinds: []Kind{Word}, words: []string{"left", "right"}},
		{repeat: options, options: []option{
			{name: "count", kinds: []Kind{Value}, form: fixed},
		}},
	}},
	"blpop": {Name: "blpop", Text: []byte("blpop"), Access: proxylib.Write, Categories: []string{"blocking", "list", "slow", "write"}, least: 2, items: []item{
		{repeat: rest, kinds: []Kind{Key}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
	}},
	"brpop": {Name: "brpop", Text: []byte("brpop"), Access: proxylib.Write, Categories: []string{"blocking", "list", "slow", "write"}, least: 2, items: []item{
		{repeat: rest, kinds: []Kind{Key}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
	}},
	"brpoplpush": {Name: "brpoplpush", Text: []byte("brpoplpush"), Access: proxylib.Write, Categories: []string{"blocking", "list", "slow", "write"}, least: 3, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 2},
		{repeat: once, kinds: []Kind{Key}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
	}},
	"bzmpop": {Name: "bzmpop", Text: []byte("bzmpop"), Access: proxylib.Write, Categories: []string{"blocking", "slow", "sortedset", "write"}, least: 3, items: []item{
		{repeat: once, kinds: []Kind{Value}, after: 2},
		{repeat: once, kinds: []Kind{Number}, after: 1},
		{repeat: counted, kinds: []Kind{Key}, after: 1},
		{repeat: once, kinds: []Kind{Word}, words: []string{"min", "max"}},
		{repeat: options, options: []option{
			{name: "count", kinds: []Kind{Value}, form: fixed},
		}},
	}},
	"bzpopmax": {Name: "bzpopmax", Text: []byte("bzpopmax"), Access: proxylib.Write, Categories: []string{"blocking", "fast", "sortedset", "write"}, least: 2, items: []item{
		{repeat: rest, kinds: []Kind{Key}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
	}},
	"bzpopmin": {Name: "bzpopmin", Text: []byte("bzpopmin"), Access: proxylib.Write, Categories: []string{"blocking", "fast", "sortedset", "write"}, least: 2, items: []item{
		{repeat: rest, kinds: []Kind{Key}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
	}},
	"client|caching": {Name: "client|caching", Text: []byte("client|caching"), Access: proxylib.Read, Categories: []string{"connection", "slow"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Word}, words: []string{"yes", "no"}},
	}},
	"client|capa": {Name: "client|capa", Text: []byte("client|capa"), Access: proxylib.Read, Basic: true, Categories: []string{"connection", "slow"}, least: 1, items: []item{
		{repeat: rest, kinds: []Kind{Value}},
	}},
	"client|getname":  {Name: "client|getname", Text: []byte("client|getname"), Access: proxylib.Read, Basic: true, Categories: []string{"connection", "slow"}},
	"client|getredir": {Name: "client|getredir", Text: []byte("client|getredir"), Access: proxylib.Read, Basic: true, Categories: []string{"connection", "slow"}},
	"client|help":     {Name: "client|help", Text: []byte("client|help"), Access: proxylib.Read, Basic: true, Categories: []string{"connection", "slow"}},
	"client|id":       {Name: "client|id", Text: []byte("client|id"), Access: proxylib.Read, Basic: true, Categories: []string{"connection", "slow"}},
	"client|import-source": {Name: "client|import-source", Text: []byte("client|import-source"), Access: proxylib.Admin, Categories: []string{"connection", "slow"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Word}, words: []string{"on", "off"}},
	}},
	"client|info": {Name: "client|info", Text: []byte("client|info"), Access: proxylib.Read, Basic: true, Categories: []string{"connection", "slow"}},
	"client|kill": {Name: "client|kill", Text: []byte("client|kill"), Access: proxylib.Admin, Categories: []string{"admin", "connection", "dangerous", "slow"}, least: 1, items: []item{
		{repeat: rest, kinds: []Kind{Value}},
	}},
	"client|list": {Name: "client|list", Text: []byte("client|list"), Access: proxylib.Admin, Categories: []string{"admin", "connection", "dangerous", "slow"}, items: []item{
		{repeat: rest, kinds: []Kind{Value}},
	}},
	"client|maint_notifications": {Name: "client|maint_notifications", Text: []byte("client|maint_notifications"), Access: proxylib.Read, Basic: true, Categories: []string{"connection"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Value}},
		{repeat: rest, kinds: []Kind{Value}},
	}},
	"client|no-evict": {Name: "client|no-evict", Text: []byte("client|no-evict"), Access: proxylib.Admin, Categories: []string{"admin", "connection", "dangerous", "slow"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Word}, words: []string{"on", "off"}},
	}},
	"client|no-touch": {Name: "client|no-touch", Text: []byte("client|no-touch"), Access: proxylib.Read, Basic: true, Categories: []string{"connection", "slow"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Word}, words: []string{"on", "off"}},
	}},
	"client|pause": {Name: "client|pause", Text: []byte("client|pause"), Access: proxylib.Admin, Categories: []string{"admin", "connection", "dangerous", "slow"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Value}},
		{repeat: options, options: []option{
			{name: "write"},
			{name: "all"},
		}},
	}},
	"client|reply": {Name: "client|reply", Text: []byte("client|reply"), Access: proxylib.Read, Effect: Reply, Categories: []string{"connection", "slow"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Word}, words: []string{"on", "off", "skip"}},
	}},
	"client|setinfo": {Name: "client|setinfo", Text: []byte("client|setinfo"), Access: proxylib.Read, Basic: true, Categories: []string{"connection", "slow"}, least: 2, items: []item{
		{repeat: once, kinds: []Kind{Word}, words: []string{"lib-name", "lib-ver"}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
	}},
	"client|setname": {Name: "client|setname", Text: []byte("client|setname"), Access: proxylib.Read, Basic: true, Categories: []string{"connection", "slow"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Value}},
	}},
	"client|tracking": {Name: "client|tracking", Text: []byte("client|tracking"), Access: proxylib.Read, Effect: ByName, Categories: []string{"connection", "slow"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Word}, words: []string{"on", "off"}},
		{repeat: options, options: []option{
			{name: "redirect", kinds: []Kind{Value}, form: fixed},
			{name: "prefix", kinds: []Kind{Value}, form: fixed},
			{name: "bcast"},
			{name: "optin"},
			{name: "optout"},
			{name: "noloop"},
		}},
	}},
	"client|trackinginfo": {Name: "client|trackinginfo", Text: []byte("client|trackinginfo"), Access: proxylib.Read, Basic: true, Categories: []string{"connection", "slow"}},
	"client|unblock": {Name: "client|unblock", Text: []byte("client|unblock"), Access: proxylib.Admin, Categories: []string{"admin", "connection", "dangerous", "slow"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Value}},
		{repeat: options, options: []option{
			{name: "timeout"},
			{name: "error"},
		}},
	}},
	"client|unpause": {Name: "client|unpause", Text: []byte("client|unpause"), Access: proxylib.Admin, Categories: []string{"admin", "connection", "dangerous", "slow"}},
	"clusterscan": {Name: "clusterscan", Text: []byte("clusterscan"), Access: proxylib.Read, Effect: Whole, Categories: []string{"keyspace", "read", "slow"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Value}},
		{repeat: options, options: []option{
			{name: "match", kinds: []Kind{Value}, form: fixed},
			{name: "count", kinds: []Kind{Value}, form: fixed},
			{name: "type", kinds: []Kind{Value}, form: fixed},
			{name: "slot", kinds: []Kind{Value}, form: fixed},
		}},
	}},
	"cluster|addslots": {Name: "cluster|addslots", Text: []byte("cluster|addslots"), Access: proxylib.Admin, Categories: []string{"admin", "dangerous", "slow"}, least: 1, items: []item{
		{repeat: rest, kinds: []Kind{Value}},
	}},
	"cluster|addslotsrange": {Name: "cluster|addslotsrange", Text: []byte("cluster|addslotsrange"), Access: proxylib.Admin, Categories: []string{"admin", "dangerous", "slow"}, least: 2, items: []item{
		{repeat: rest, kinds: []Kind{Value, Value}},
	}},
	"cluster|bumpepoch":            {Name: "cluster|bumpepoch", Text: []byte("cluster|bumpepoch"), Access: proxylib.Admin, Categories: []string{"admin", "dangerous", "slow"}},
	"cluster|cancelslotmigrations": {Name: "cluster|cancelslotmigrations", Text: []byte("cluster|cancelslotmigrations"), Access: proxylib.Admin, Categories: []string{"admin", "dangerous", "slow"}},
	"cluster|count-failure-reports": {Name: "cluster|count-failure-reports", Text: []byte("cluster|count-failure-reports"), Access: proxylib.Admin, Categories: []string{"admin", "dangerous", "slow"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Value}},
	}},
	"cluster|countkeysinslot": {Name: "cluster|countkeysinslot", Text: []byte("cluster|countkeysinslot"), Access: proxylib.Read, Categories: []string{"slow"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Value}},
	}},
	"cluster|delslots": {Name: "cluster|delslots", Text: []byte("cluster|delslots"), Access: proxylib.Admin, Categories: []string{"admin", "dangerous", "slow"}, least: 1, items: []item{
		{repeat: rest, kinds: []Kind{Value}},
	}},
	"cluster|delslotsrange": {Name: "cluster|delslotsrange", Text: []byte("cluster|delslotsrange"), Access: proxylib.Admin, Categories: []string{"admin", "dangerous", "slow"}, least: 2, items: []item{
		{repeat: rest, kinds: []Kind{Value, Value}},
	}},
	"cluster|failover": {Name: "cluster|failover", Text: []byte("cluster|failover"), Access: proxylib.Admin, Categories: []string{"admin", "dangerous", "slow"}, items: []item{
		{repeat: options, options: []option{
			{name: "force"},
			{name: "takeover"},
		}},
	}},
	"cluster|flushslot": {Name: "cluster|flushslot", Text: []byte("cluster|flushslot"), Access: proxylib.Admin, Effect: Everywhere, Categories: []string{"admin", "dangerous", "keyspace", "slow", "write"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Value}},
		{repeat: options, options: []option{
			{name: "async"},
			{name: "sync"},
		}},
	}},
	"cluster|flushslots": {Name: "cluster|flushslots", Text: []byte("cluster|flushslots"), Access: proxylib.Admin, Categories: []string{"admin", "dangerous", "slow"}},
	"cluster|forget": {Name: "cluster|forget", Text: []byte("cluster|forget"), Access: proxylib.Admin, Categories: []string{"admin", "dangerous", "slow"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Value}},
	}},
	"cluster|getkeysinslot": {Name: "cluster|getkeysinslot", Text: []byte("cluster|getkeysinslot"), Access: proxylib.Read, Effect: Whole, Categories: []string{"slow"}, least: 2, items: []item{
		{repeat: once, kinds: []Kind{Value}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
	}},
	"cluster|getslotmigrations": {Name: "cluster|getslotmigrations", Text: []byte("cluster|getslotmigrations"), Access: proxylib.Admin, Categories: []string{"admin", "dangerous", "slow"}},
	"cluster|help":              {Name: "cluster|help", Text: []byte("cluster|help"), Access: proxylib.Read, Basic: true, Categories: []string{"slow"}},
	"cluster|info":              {Name: "cluster|info", Text: []byte("cluster|info"), Access: proxylib.Read, Basic: true, Categories: []string{"slow"}},
	"cluster|keyslot": {Name: "cluster|keyslot", Text: []byte("cluster|keyslot"), Access: proxylib.Read, Basic: true, Categories: []string{"slow"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Value}},
	}},
	"cluster|links": {Name: "cluster|links", Text: []byte("cluster|links"), Access: proxylib.Read, Categories: []string{"slow"}},
	"cluster|meet": {Name: "cluster|meet", Text: []byte("cluster|meet"), Access: proxylib.Admin, Categories: []string{"admin", "dangerous", "slow"}, least: 2, items: []item{
		{repeat: once, kinds: []Kind{Value}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
		{repeat: optional, kinds: []Kind{Value}},
	}},
	"cluster|migrateslots": {Name: "cluster|migrateslots", Text: []byte("cluster|migrateslots"), Access: proxylib.Admin, Categories: []string{"admin", "dangerous", "slow"}, least: 1, items: []item{
		{repeat: rest, kinds: []Kind{Value}},
	}},
	"cluster|myid":      {Name: "cluster|myid", Text: []byte("cluster|myid"), Access: proxylib.Read, Basic: true, Categories: []string{"slow"}},
	"cluster|myshardid": {Name: "cluster|myshardid", Text: []byte("cluster|myshardid"), Access: proxylib.Read, Basic: true, Categories: []string{"slow"}},
	"cluster|nodes":     {Name: "cluster|nodes", Text: []byte("cluster|nodes"), Access: proxylib.Read, Basic: true, Categories: []string{"slow"}},
	"cluster|replicas": {Name: "cluster|replicas", Text: []byte("cluster|replicas"), Access: proxylib.Admin, Categories: []string{"admin", "dangerous", "slow"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Value}},
	}},
	"cluster|replicate": {Name: "cluster|replicate", Text: []byte("cluster|replicate"), Access: proxylib.Admin, Categories: []string{"admin", "dangerous", "slow"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Value}},
		{repeat: optional, kinds: []Kind{Value}},
	}},
	"cluster|reset": {Name: "cluster|reset", Text: []byte("cluster|reset"), Access: proxylib.Admin, Categories: []string{"admin", "dangerous", "slow"}, items: []item{
		{repeat: options, options: []option{
			{name: "hard"},
			{name: "soft"},
		}},
	}},
	"cluster|saveconfig": {Name: "cluster|saveconfig", Text: []byte("cluster|saveconfig"), Access: proxylib.Admin, Categories: []string{"admin", "dangerous", "slow"}},
	"cluster|set-config-epoch": {Name: "cluster|set-config-epoch", Text: []byte("cluster|set-config-epoch"), Access: proxylib.Admin, Categories: []string{"admin", "dangerous", "slow"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Value}},
	}},
	"cluster|setslot": {Name: "cluster|setslot", Text: []byte("cluster|setslot"), Access: proxylib.Admin, Categories: []string{"admin", "dangerous", "slow"}, least: 2, items: []item{
		{repeat: once, kinds: []Kind{Value}, after: 1},
		{repeat: once, kinds: []Kind{Word}, words: []string{"importing", "migrating", "node", "stable"}},
		{repeat: optional, kinds: []Kind{Value}},
		{repeat: options, options: []option{
			{name: "timeout", kinds: []Kind{Value}, form: fixed},
		}},
	}},
	"cluster|shards": {Name: "cluster|shards", Text: []byte("cluster|shards"), Access: proxylib.Read, Basic: true, Categories: []string{"slow"}},
	"cluster|slaves": {Name: "cluster|slaves", Text: []byte("cluster|slaves"), Access: proxylib.Admin, Categories: []string{"admin", "dangerous", "slow"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Value}},
	}},
	"cluster|slot-stats": {Name: "cluster|slot-stats", Text: []byte("cluster|slot-stats"), Access: proxylib.Read, Categories: []string{"slow"}, least: 1, items: []item{
		{repeat: rest, kinds: []Kind{Value}},
	}},
	"cluster|slots": {Name: "cluster|slots", Text: []byte("cluster|slots"), Access: proxylib.Read, Basic: true, Categories: []string{"slow"}},
	"cluster|syncslots": {Name: "cluster|syncslots", Text: []byte("cluster|syncslots"), Access: proxylib.Admin, Effect: Irregular, Categories: []string{"admin", "dangerous", "slow"}, items: []item{
		{repeat: rest, kinds: []Kind{Value}},
	}},
	"command": {Name: "command", Text: []byte("command"), Access: proxylib.Read, Basic: true, Categories: []string{"connection", "slow"}},
	"commandlog|get": {Name: "commandlog|get", Text: []byte("commandlog|get"), Access: proxylib.Admin, Categories: []string{"admin", "dangerous", "slow"}, least: 2, items: []item{
		{repeat: once, kinds: []Kind{Value}, after: 1},
		{repeat: once, kinds: []Kind{Word}, words: []string{"slow", "large-request", "large-reply"}},
	}},
	"commandlog|help": {Name: "commandlog|help", Text: []byte("commandlog|help"), Access: proxylib.Read, Categories: []string{"slow"}},
	"commandlog|len": {Name: "commandlog|len", Text: []byte("commandlog|len"), Access: proxylib.Admin, Categories: []string{"admin", "dangerous", "slow"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Word}, words: []string{"slow", "large-request", "large-reply"}},
	}},
	"commandlog|reset": {Name: "commandlog|reset", Text: []byte("commandlog|reset"), Access: proxylib.Admin, Categories: []string{"admin", "dangerous", "slow"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Word}, words: []string{"slow", "large-request", "large-reply"}},
	}},
	"command|count": {Name: "command|count", Text: []byte("command|count"), Access: proxylib.Read, Basic: true, Categories: []string{"connection", "slow"}},
	"command|docs": {Name: "command|docs", Text: []byte("command|docs"), Access: proxylib.Read, Basic: true, Categories: []string{"connection", "slow"}, items: []item{
		{repeat: rest, kinds: []Kind{Value}},
	}},
	"command|getkeys": {Name: "command|getkeys", Text: []byte("command|getkeys"), Access: proxylib.Read, Basic: true, Categories: []string{"connection", "slow"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Value}},
		{repeat: rest, kinds: []Kind{Secret}},
	}},
	"command|getkeysandflags": {Name: "command|getkeysandflags", Text: []byte("command|getkeysandflags"), Access: proxylib.Read, Basic: true, Categories: []string{"connection", "slow"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Value}},
		{repeat: rest, kinds: []Kind{Secret}},
	}},
	"command|help": {Name: "command|help", Text: []byte("command|help"), Access: proxylib.Read, Basic: true, Categories: []string{"connection", "slow"}},
	"command|info": {Name: "command|info", Text: []byte("command|info"), Access: proxylib.Read, Basic: true, Categories: []string{"connection", "slow"}, items: []item{
		{repeat: rest, kinds: []Kind{Value}},
	}},
	"command|list": {Name: "command|list", Text: []byte("command|list"), Access: proxylib.Read, Basic: true, Categories: []string{"connection", "slow"}, items: []item{
		{repeat: options, options: []option{
			{name: "filterby", kinds: []Kind{Value, Value}, form: fixed},
		}},
	}},
	"config|get": {Name: "config|get", Text: []byte("config|get"), Access: proxylib.Admin, Categories: []string{"admin", "dangerous", "slow"}, least: 1, items: []item{
		{repeat: rest, kinds: []Kind{Value}},
	}},
	"config|help":      {Name: "config|help", Text: []byte("config|help"), Access: proxylib.Read, Categories: []string{"slow"}},
	"config|resetstat": {Name: "config|resetstat", Text: []byte("config|resetstat"), Access: proxylib.Admin, Categories: []string{"admin", "dangerous", "slow"}},
	"config|rewrite":   {Name: "config|rewrite", Text: []byte("config|rewrite"), Access: proxylib.Admin, Categories: []string{"admin", "dangerous", "slow"}},
	"config|set": {Name: "config|set", Text: []byte("config|set"), Access: proxylib.Admin, Categories: []string{"admin", "dangerous", "slow"}, least: 2, items: []item{
		{repeat: rest, kinds: []Kind{Value, Secret}},
	}},
	"copy": {Name: "copy", Text: []byte("copy"), Access: proxylib.Write, Categories: []string{"keyspace", "slow", "write"}, least: 2, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 1},
		{repeat: once, kinds: []Kind{Key}},
		{repeat: options, options: []option{
			{name: "db", kinds: []Kind{DB}, form: fixed},
			{name: "replace"},
		}},
	}},
	"dbsize": {Name: "dbsize", Text: []byte("dbsize"), Access: proxylib.Read, Effect: Whole, Categories: []string{"fast", "keyspace", "read"}},
	"debug": {Name: "debug", Text: []byte("debug"), Access: proxylib.Admin, Categories: []string{"admin", "dangerous", "slow"}, least: 1, items: []item{
		{repeat: rest, kinds: []Kind{Value}},
	}},
	"decr": {Name: "decr", Text: []byte("decr"), Access: proxylib.Write, Categories: []string{"fast", "string", "write"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Key}},
	}},
	"decrby": {Name: "decrby", Text: []byte("decrby"), Access: proxylib.Write, Categories: []string{"fast", "string", "write"}, least: 2, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
	}},
	"del": {Name: "del", Text: []byte("del"), Access: proxylib.Write, Categories: []string{"keyspace", "slow", "write"}, least: 1, items: []item{
		{repeat: rest, kinds: []Kind{Key}},
	}},
	"delifeq": {Name: "delifeq", Text: []byte("delifeq"), Access: proxylib.Write, Categories: []string{"fast", "string", "write"}, least: 2, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
	}},
	"discard": {Name: "discard", Text: []byte("discard"), Access: proxylib.Read, Basic: true, Effect: Discard, Categories: []string{"fast", "transaction"}},
	"dump": {Name: "dump", Text: []byte("dump"), Access: proxylib.Read, Categories: []string{"keyspace", "read", "slow"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Key}},
	}},
	"echo": {Name: "echo", Text: []byte("echo"), Access: proxylib.Read, Basic: true, Categories: []string{"connection", "fast"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Value}},
	}},
	"eval": {Name: "eval", Text: []byte("eval"), Access: proxylib.Write, Effect: Script, Categories: []string{"scripting", "slow"}, least: 2, items: []item{
		{repeat: once, kinds: []Kind{Value}, after: 1},
		{repeat: once, kinds: []Kind{Number}},
		{repeat: counted, kinds: []Kind{Key}},
		{repeat: rest, kinds: []Kind{Value}},
	}},
	"eval_ro": {Name: "eval_ro", Text: []byte("eval_ro"), Access: proxylib.Read, Effect: Script, Categories: []string{"scripting", "slow"}, least: 2, items: []item{
		{repeat: once, kinds: []Kind{Value}, after: 1},
		{repeat: once, kinds: []Kind{Number}},
		{repeat: counted, kinds: []Kind{Key}},
		{repeat: rest, kinds: []Kind{Value}},
	}},
	"evalsha": {Name: "evalsha", Text: []byte("evalsha"), Access: proxylib.Write, Effect: Script, Categories: []string{"scripting", "slow"}, least: 2, items: []item{
		{repeat: once, kinds: []Kind{Value}, after: 1},
		{repeat: once, kinds: []Kind{Number}},
		{repeat: counted, kinds: []Kind{Key}},
		{repeat: rest, kinds: []Kind{Value}},
	}},
	"evalsha_ro": {Name: "evalsha_ro", Text: []byte("evalsha_ro"), Access: proxylib.Read, Effect: Script, Categories: []string{"scripting", "slow"}, least: 2, items: []item{
		{repeat: once, kinds: []Kind{Value}, after: 1},
		{repeat: once, kinds: []Kind{Number}},
		{repeat: counted, kinds: []Kind{Key}},
		{repeat: rest, kinds: []Kind{Value}},
	}},
	"exec": {Name: "exec", Text: []byte("exec"), Access: proxylib.Read, Basic: true, Effect: Exec, Categories: []string{"slow", "transaction"}},
	"exists": {Name: "exists", Text: []byte("exists"), Access: proxylib.Read, Categories: []string{"fast", "keyspace", "read"}, least: 1, items: []item{
		{repeat: rest, kinds: []Kind{Key}},
	}},
	"expire": {Name: "expire", Text: []byte("expire"), Access: proxylib.Write, Categories: []string{"fast", "keyspace", "write"}, least: 2, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
		{repeat: options, options: []option{
			{name: "nx"},
			{name: "xx"},
			{name: "gt"},
			{name: "lt"},
		}},
	}},
	"expireat": {Name: "expireat", Text: []byte("expireat"), Access: proxylib.Write, Categories: []string{"fast", "keyspace", "write"}, least: 2, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
		{repeat: options, options: []option{
			{name: "nx"},
			{name: "xx"},
			{name: "gt"},
			{name: "lt"},
		}},
	}},
	"expiretime": {Name: "expiretime", Text: []byte("expiretime"), Access: proxylib.Read, Categories: []string{"fast", "keyspace", "read"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Key}},
	}},
	"failover": {Name: "failover", Text: []byte("failover"), Access: proxylib.Admin, Categories: []string{"admin", "dangerous", "slow"}, items: []item{
		{repeat: options, options: []option{
			{name: "to", kinds: []Kind{Value, Value}, form: fixed},
			{name: "force"},
			{name: "abort"},
			{name: "timeout", kinds: []Kind{Value}, form: fixed},
		}},
	}},
	"fcall": {Name: "fcall", Text: []byte("fcall"), Access: proxylib.Write, Effect: Script, Categories: []string{"scripting", "slow"}, least: 2, items: []item{
		{repeat: once, kinds: []Kind{Value}, after: 1},
		{repeat: once, kinds: []Kind{Number}},
		{repeat: counted, kinds: []Kind{Key}},
		{repeat: rest, kinds: []Kind{Value}},
	}},
	"fcall_ro": {Name: "fcall_ro", Text: []byte("fcall_ro"), Access: proxylib.Read, Effect: Script, Categories: []string{"scripting", "slow"}, least: 2, items: []item{
		{repeat: once, kinds: []Kind{Value}, after: 1},
		{repeat: once, kinds: []Kind{Number}},
		{repeat: counted, kinds: []Kind{Key}},
		{repeat: rest, kinds: []Kind{Value}},
	}},
	"flushall": {Name: "flushall", Text: []byte("flushall"), Access: proxylib.Admin, Effect: Everywhere, Categories: []string{"dangerous", "keyspace", "slow", "write"}, items: []item{
		{repeat: options, options: []option{
			{name: "async"},
			{name: "sync"},
		}},
	}},
	"flushdb": {Name: "flushdb", Text: []byte("flushdb"), Access: proxylib.Write, Effect: Whole, Categories: []string{"dangerous", "keyspace", "slow", "write"}, items: []item{
		{repeat: options, options: []option{
			{name: "async"},
			{name: "sync"},
		}},
	}},
	"function|delete": {Name: "function|delete", Text: []byte("function|delete"), Access: proxylib.Admin, Categories: []string{"scripting", "slow", "write"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Value}},
	}},
	"function|dump": {Name: "function|dump", Text: []byte("function|dump"), Access: proxylib.Read, Categories: []string{"scripting", "slow"}},
	"function|flush": {Name: "function|flush", Text: []byte("function|flush"), Access: proxylib.Admin, Categories: []string{"scripting", "slow", "write"}, items: []item{
		{repeat: options, options: []option{
			{name: "async"},
			{name: "sync"},
		}},
	}},
	"function|help": {Name: "function|help", Text: []byte("function|help"), Access: proxylib.Read, Categories: []string{"scripting", "slow"}},
	"function|kill": {Name: "function|kill", Text: []byte("function|kill"), Access: proxylib.Admin, Categories: []string{"scripting", "slow"}},
	"function|list": {Name: "function|list", Text: []byte("function|list"), Access: proxylib.Read, Categories: []string{"scripting", "slow"}, items: []item{
		{repeat: options, options: []option{
			{name: "libraryname", kinds: []Kind{Value}, form: fixed},
			{name: "withcode"},
		}},
	}},
	"function|load": {Name: "function|load", Text: []byte("function|load"), Access: proxylib.Admin, Categories: []string{"scripting", "slow", "write"}, least: 1, items: []item{
		{repeat: options, options: []option{
			{name: "replace"},
		}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
	}},
	"function|restore": {Name: "function|restore", Text: []byte("function|restore"), Access: proxylib.Admin, Categories: []string{"scripting", "slow", "write"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Secret}},
		{repeat: options, options: []option{
			{name: "flush"},
			{name: "append"},
			{name: "replace"},
		}},
	}},
	"function|stats": {Name: "function|stats", Text: []byte("function|stats"), Access: proxylib.Read, Categories: []string{"scripting", "slow"}},
	"geoadd": {Name: "geoadd", Text: []byte("geoadd"), Access: proxylib.Write, Categories: []string{"geo", "slow", "write"}, least: 4, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 3},
		{repeat: options, options: []option{
			{name: "nx"},
			{name: "xx"},
			{name: "ch"},
		}, after: 3},
		{repeat: rest, kinds: []Kind{Value, Value, Value}},
	}},
	"geodist": {Name: "geodist", Text: []byte("geodist"), Access: proxylib.Read, Categories: []string{"geo", "read", "slow"}, least: 3, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 2},
		{repeat: once, kinds: []Kind{Value}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
		{repeat: options, options: []option{
			{name: "m"},
			{name: "km"},
			{name: "ft"},
			{name: "mi"},
		}},
	}},
	"geohash": {Name: "geohash", Text: []byte("geohash"), Access: proxylib.Read, Categories: []string{"geo", "read", "slow"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Key}},
		{repeat: rest, kinds: []Kind{Value}},
	}},
	"geopos": {Name: "geopos", Text: []byte("geopos"), Access: proxylib.Read, Categories: []string{"geo", "read", "slow"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Key}},
		{repeat: rest, kinds: []Kind{Value}},
	}},
	"georadius": {Name: "georadius", Text: []byte("georadius"), Access: proxylib.Write, Categories: []string{"geo", "slow", "write"}, least: 5, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 4},
		{repeat: once, kinds: []Kind{Value}, after: 3},
		{repeat: once, kinds: []Kind{Value}, after: 2},
		{repeat: once, kinds: []Kind{Value}, after: 1},
		{repeat: once, kinds: []Kind{Word}, words: []string{"m", "km", "ft", "mi"}},
		{repeat: options, options: []option{
			{name: "withcoord"},
			{name: "withdist"},
			{name: "withhash"},
			{name: "count", kinds: []Kind{Value}, form: fixed},
			{name: "any"},
			{name: "asc"},
			{name: "desc"},
			{name: "store", kinds: []Kind{Key}, form: fixed},
			{name: "storedist", kinds: []Kind{Key}, form: fixed},
		}},
	}},
	"georadius_ro": {Name: "georadius_ro", Text: []byte("georadius_ro"), Access: proxylib.Read, Categories: []string{"geo", "read", "slow"}, least: 5, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 4},
		{repeat: once, kinds: []Kind{Value}, after: 3},
		{repeat: once, kinds: []Kind{Value}, after: 2},
		{repeat: once, kinds: []Kind{Value}, after: 1},
		{repeat: once, kinds: []Kind{Word}, words: []string{"m", "km", "ft", "mi"}},
		{repeat: options, options: []option{
			{name: "withcoord"},
			{name: "withdist"},
			{name: "withhash"},
			{name: "count", kinds: []Kind{Value}, form: fixed},
			{name: "any"},
			{name: "asc"},
			{name: "desc"},
		}},
	}},
	"georadiusbymember": {Name: "georadiusbymember", Text: []byte("georadiusbymember"), Access: proxylib.Write, Categories: []string{"geo", "slow", "write"}, least: 4, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 3},
		{repeat: once, kinds: []Kind{Value}, after: 2},
		{repeat: once, kinds: []Kind{Value}, after: 1},
		{repeat: once, kinds: []Kind{Word}, words: []string{"m", "km", "ft", "mi"}},
		{repeat: options, options: []option{
			{name: "withcoord"},
			{name: "withdist"},
			{name: "withhash"},
			{name: "count", kinds: []Kind{Value}, form: fixed},
			{name: "any"},
			{name: "asc"},
			{name: "desc"},
			{name: "store", kinds: []Kind{Key}, form: fixed},
			{name: "storedist", kinds: []Kind{Key}, form: fixed},
		}},
	}},
	"georadiusbymember_ro": {Name: "georadiusbymember_ro", Text: []byte("georadiusbymember_ro"), Access: proxylib.Read, Categories: []string{"geo", "read", "slow"}, least: 4, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 3},
		{repeat: once, kinds: []Kind{Value}, after: 2},
		{repeat: once, kinds: []Kind{Value}, after: 1},
		{repeat: once, kinds: []Kind{Word}, words: []string{"m", "km", "ft", "mi"}},
		{repeat: options, options: []option{
			{name: "withcoord"},
			{name: "withdist"},
			{name: "withhash"},
			{name: "count", kinds: []Kind{Value}, form: fixed},
			{name: "any"},
			{name: "asc"},
			{name: "desc"},
		}},
	}},
	"geosearch": {Name: "geosearch", Text: []byte("geosearch"), Access: proxylib.Read, Categories: []string{"geo", "read", "slow"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Key}},
		{repeat: options, options: []option{
			{name: "frommember", kinds: []Kind{Value}, form: fixed},
			{name: "fromlonlat", kinds: []Kind{Value, Value}, form: fixed},
			{name: "byradius", kinds: []Kind{Value, Value}, form: fixed},
			{name: "bybox", kinds: []Kind{Value, Value, Value}, form: fixed},
			{name: "bypolygon", kinds: []Kind{Value, Value}, form: numbered},
			{name: "asc"},
			{name: "desc"},
			{name: "count", kinds: []Kind{Value}, form: fixed},
			{name: "any"},
			{name: "withcoord"},
			{name: "withdist"},
			{name: "withhash"},
		}},
	}},
	"geosearchstore": {Name: "geosearchstore", Text: []byte("geosearchstore"), Access: proxylib.Write, Categories: []string{"geo", "slow", "write"}, least: 2, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 1},
		{repeat: once, kinds: []Kind{Key}},
		{repeat: options, options: []option{
			{name: "frommember", kinds: []Kind{Value}, form: fixed},
			{name: "fromlonlat", kinds: []Kind{Value, Value}, form: fixed},
			{name: "byradius", kinds: []Kind{Value, Value}, form: fixed},
			{name: "bybox", kinds: []Kind{Value, Value, Value}, form: fixed},
			{name: "bypolygon", kinds: []Kind{Value, Value}, form: numbered},
			{name: "asc"},
			{name: "desc"},
			{name: "count", kinds: []Kind{Value}, form: fixed},
			{name: "any"},
			{name: "storedist"},
		}},
	}},
	"get": {Name: "get", Text: []byte("get"), Access: proxylib.Read, Categories: []string{"fast", "read", "string"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Key}},
	}},
	"getbit": {Name: "getbit", Text: []byte("getbit"), Access: proxylib.Read, Categories: []string{"bitmap", "fast", "read"}, least: 2, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
	}},
	"getdel": {Name: "getdel", Text: []byte("getdel"), Access: proxylib.Write, Categories: []string{"fast", "string", "write"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Key}},
	}},
	"getex": {Name: "getex", Text: []byte("getex"), Access: proxylib.Write, Categories: []string{"fast", "string", "write"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Key}},
		{repeat: options, options: []option{
			{name: "ex", kinds: []Kind{Value}, form: fixed},
			{name: "px", kinds: []Kind{Value}, form: fixed},
			{name: "exat", kinds: []Kind{Value}, form: fixed},
			{name: "pxat", kinds: []Kind{Value}, form: fixed},
			{name: "persist"},
		}},
	}},
	"getrange": {Name: "getrange", Text: []byte("getrange"), Access: proxylib.Read, Categories: []string{"read", "slow", "string"}, least: 3, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 2},
		{repeat: once, kinds: []Kind{Value}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
	}},
	"getset": {Name: "getset", Text: []byte("getset"), Access: proxylib.Write, Categories: []string{"fast", "string", "write"}, least: 2, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
	}},
	"hdel": {Name: "hdel", Text: []byte("hdel"), Access: proxylib.Write, Categories: []string{"fast", "hash", "write"}, least: 2, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 1},
		{repeat: rest, kinds: []Kind{Value}},
	}},
	"hello": {Name: "hello", Text: []byte("hello"), Access: proxylib.Read, Basic: true, Effect: Hello, Categories: []string{"connection", "fast"}, items: []item{
		{repeat: optional, kinds: []Kind{Value}},
		{repeat: options, options: []option{
			{name: "auth", kinds: []Kind{User, Secret}, form: fixed},
			{name: "setname", kinds: []Kind{Value}, form: fixed},
		}},
	}},
	"hexists": {Name: "hexists", Text: []byte("hexists"), Access: proxylib.Read, Categories: []string{"fast", "hash", "read"}, least: 2, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
	}},
	"hexpire": {Name: "hexpire", Text: []byte("hexpire"), Access: proxylib.Write, Categories: []string{"fast", "hash", "write"}, least: 2, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
		{repeat: options, options: []option{
			{name: "nx"},
			{name: "xx"},
			{name: "gt"},
			{name: "lt"},
			{name: "fields", kinds: []Kind{Value}, form: numbered},
		}},
	}},
	"hexpireat": {Name: "hexpireat", Text: []byte("hexpireat"), Access: proxylib.Write, Categories: []string{"fast", "hash", "write"}, least: 2, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
		{repeat: options, options: []option{
			{name: "nx"},
			{name: "xx"},
			{name: "gt"},
			{name: "lt"},
			{name: "fields", kinds: []Kind{Value}, form: numbered},
		}},
	}},
	"hexpiretime": {Name: "hexpiretime", Text: []byte("hexpiretime"), Access: proxylib.Read, Categories: []string{"fast", "hash", "read"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Key}},
		{repeat: options, options: []option{
			{name: "fields", kinds: []Kind{Value}, form: numbered},
		}},
	}},
	"hget": {Name: "hget", Text: []byte("hget"), Access: proxylib.Read, Categories: []string{"fast", "hash", "read"}, least: 2, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
	}},
	"hgetall": {Name: "hgetall", Text: []byte("hgetall"), Access: proxylib.Read, Categories: []string{"hash", "read", "slow"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Key}},
	}},
	"hgetdel": {Name: "hgetdel", Text: []byte("hgetdel"), Access: proxylib.Write, Categories: []string{"fast", "hash", "write"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Key}},
		{repeat: options, options: []option{
			{name: "fields", kinds: []Kind{Value}, form: numbered},
		}},
	}},
	"hgetex": {Name: "hgetex", Text: []byte("hgetex"), Access: proxylib.Write, Categories: []string{"fast", "hash", "write"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Key}},
		{repeat: options, options: []option{
			{name: "ex", kinds: []Kind{Value}, form: fixed},
			{name: "px", kinds: []Kind{Value}, form: fixed},
			{name: "exat", kinds: []Kind{Value}, form: fixed},
			{name: "pxat", kinds: []Kind{Value}, form: fixed},
			{name: "persist"},
			{name: "fields", kinds: []Kind{Value}, form: numbered},
		}},
	}},
	"hincrby": {Name: "hincrby", Text: []byte("hincrby"), Access: proxylib.Write, Categories: []string{"fast", "hash", "write"}, least: 3, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 2},
		{repeat: once, kinds: []Kind{Value}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
	}},
	"hincrbyfloat": {Name: "hincrbyfloat", Text: []byte("hincrbyfloat"), Access: proxylib.Write, Categories: []string{"fast", "hash", "write"}, least: 3, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 2},
		{repeat: once, kinds: []Kind{Value}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
	}},
	"hkeys": {Name: "hkeys", Text: []byte("hkeys"), Access: proxylib.Read, Categories: []string{"hash", "read", "slow"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Key}},
	}},
	"hlen": {Name: "hlen", Text: []byte("hlen"), Access: proxylib.Read, Categories: []string{"fast", "hash", "read"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Key}},
	}},
	"hmget": {Name: "hmget", Text: []byte("hmget"), Access: proxylib.Read, Categories: []string{"fast", "hash", "read"}, least: 2, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 1},
		{repeat: rest, kinds: []Kind{Value}},
	}},
	"hmset": {Name: "hmset", Text: []byte("hmset"), Access: proxylib.Write, Categories: []string{"fast", "hash", "write"}, least: 3, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 2},
		{repeat: rest, kinds: []Kind{Value, Value}},
	}},
	"hpersist": {Name: "hpersist", Text: []byte("hpersist"), Access: proxylib.Write, Categories: []string{"fast", "hash", "write"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Key}},
		{repeat: options, options: []option{
			{name: "fields", kinds: []Kind{Value}, form: numbered},
		}},
	}},
	"hpexpire": {Name: "hpexpire", Text: []byte("hpexpire"), Access: proxylib.Write, Categories: []string{"fast", "hash", "write"}, least: 2, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
		{repeat: options, options: []option{
			{name: "nx"},
			{name: "xx"},
			{name: "gt"},
			{name: "lt"},
			{name: "fields", kinds: []Kind{Value}, form: numbered},
		}},
	}},
	"hpexpireat": {Name: "hpexpireat", Text: []byte("hpexpireat"), Access: proxylib.Write, Categories: []string{"fast", "hash", "write"}, least: 2, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
		{repeat: options, options: []option{
			{name: "nx"},
			{name: "xx"},
			{name: "gt"},
			{name: "lt"},
			{name: "fields", kinds: []Kind{Value}, form: numbered},
		}},
	}},
	"hpexpiretime": {Name: "hpexpiretime", Text: []byte("hpexpiretime"), Access: proxylib.Read, Categories: []string{"fast", "hash", "read"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Key}},
		{repeat: options, options: []option{
			{name: "fields", kinds: []Kind{Value}, form: numbered},
		}},
	}},
	"hpttl": {Name: "hpttl", Text: []byte("hpttl"), Access: proxylib.Read, Categories: []string{"fast", "hash", "read"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Key}},
		{repeat: options, options: []option{
			{name: "fields", kinds: []Kind{Value}, form: numbered},
		}},
	}},
	"hrandfield": {Name: "hrandfield", Text: []byte("hrandfield"), Access: proxylib.Read, Categories: []string{"hash", "read", "slow"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Key}},
		{repeat: optional, kinds: []Kind{Value}},
		{repeat: options, options: []option{
			{name: "withvalues"},
		}},
	}},
	"hscan": {Name: "hscan", Text: []byte("hscan"), Access: proxylib.Read, Categories: []string{"hash", "read", "slow"}, least: 2, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
		{repeat: options, options: []option{
			{name: "match", kinds: []Kind{Value}, form: fixed},
			{name: "count", kinds: []Kind{Value}, form: fixed},
			{name: "novalues"},
		}},
	}},
	"hset": {Name: "hset", Text: []byte("hset"), Access: proxylib.Write, Categories: []string{"fast", "hash", "write"}, least: 3, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 2},
		{repeat: rest, kinds: []Kind{Value, Value}},
	}},
	"hsetex": {Name: "hsetex", Text: []byte("hsetex"), Access: proxylib.Write, Categories: []string{"fast", "hash", "write"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Key}},
		{repeat: options, options: []option{
			{name: "nx"},
			{name: "xx"},
			{name: "fnx"},
			{name: "fxx"},
			{name: "ex", kinds: []Kind{Value}, form: fixed},
			{name: "px", kinds: []Kind{Value}, form: fixed},
			{name: "exat", kinds: []Kind{Value}, form: fixed},
			{name: "pxat", kinds: []Kind{Value}, form: fixed},
			{name: "keepttl"},
			{name: "fields", kinds: []Kind{Value, Value}, form: numbered},
		}},
	}},
	"hsetnx": {Name: "hsetnx", Text: []byte("hsetnx"), Access: proxylib.Write, Categories: []string{"fast", "hash", "write"}, least: 3, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 2},
		{repeat: once, kinds: []Kind{Value}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
	}},
	"hstrlen": {Name: "hstrlen", Text: []byte("hstrlen"), Access: proxylib.Read, Categories: []string{"fast", "hash", "read"}, least: 2, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
	}},
	"httl": {Name: "httl", Text: []byte("httl"), Access: proxylib.Read, Categories: []string{"fast", "hash", "read"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Key}},
		{repeat: options, options: []option{
			{name: "fields", kinds: []Kind{Value}, form: numbered},
		}},
	}},
	"hvals": {Name: "hvals", Text: []byte("hvals"), Access: proxylib.Read, Categories: []string{"hash", "read", "slow"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Key}},
	}},
	"incr": {Name: "incr", Text: []byte("incr"), Access: proxylib.Write, Categories: []string{"fast", "string", "write"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Key}},
	}},
	"incrby": {Name: "incrby", Text: []byte("incrby"), Access: proxylib.Write, Categories: []string{"fast", "string", "write"}, least: 2, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
	}},
	"incrbyfloat": {Name: "incrbyfloat", Text: []byte("incrbyfloat"), Access: proxylib.Write, Categories: []string{"fast", "string", "write"}, least: 2, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
	}},
	"info": {Name: "info", Text: []byte("info"), Access: proxylib.Read, Basic: true, Categories: []string{"dangerous", "slow"}, items: []item{
		{repeat: rest, kinds: []Kind{Value}},
	}},
	"keys": {Name: "keys", Text: []byte("keys"), Access: proxylib.Read, Effect: Whole, Categories: []string{"dangerous", "keyspace", "read", "slow"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Pattern}},
	}},
	"lastsave":       {Name: "lastsave", Text: []byte("lastsave"), Access: proxylib.Admin, Categories: []string{"admin", "dangerous", "fast"}},
	"latency|doctor": {Name: "latency|doctor", Text: []byte("latency|doctor"), Access: proxylib.Admin, Categories: []string{"admin", "dangerous", "slow"}},
	"latency|graph": {Name: "latency|graph", Text: []byte("latency|graph"), Access: proxylib.Admin, Categories: []string{"admin", "dangerous", "slow"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Value}},
	}},
	"latency|help": {Name: "latency|help", Text: []byte("latency|help"), Access: proxylib.Read, Categories: []string{"slow"}},
	"latency|histogram": {Name: "latency|histogram", Text: []byte("latency|histogram"), Access: proxylib.Admin, Categories: []string{"admin", "dangerous", "slow"}, items: []item{
		{repeat: rest, kinds: []Kind{Value}},
	}},
	"latency|history": {Name: "latency|history", Text: []byte("latency|history"), Access: proxylib.Admin, Categories: []string{"admin", "dangerous", "slow"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Value}},
	}},
	"latency|latest": {Name: "latency|latest", Text: []byte("latency|latest"), Access: proxylib.Admin, Categories: []string{"admin", "dangerous", "slow"}},
	"latency|reset": {Name: "latency|reset", Text: []byte("latency|reset"), Access: proxylib.Admin, Categories: []string{"admin", "dangerous", "slow"}, items: []item{
		{repeat: rest, kinds: []Kind{Value}},
	}},
	"lcs": {Name: "lcs", Text: []byte("lcs"), Access: proxylib.Read, Categories: []string{"read", "slow", "string"}, least: 2, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 1},
		{repeat: once, kinds: []Kind{Key}},
		{repeat: options, options: []option{
			{name: "len"},
			{name: "idx"},
			{name: "minmatchlen", kinds: []Kind{Value}, form: fixed},
			{name: "withmatchlen"},
		}},
	}},
	"lindex": {Name: "lindex", Text: []byte("lindex"), Access: proxylib.Read, Categories: []string{"list", "read", "slow"}, least: 2, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
	}},
	"linsert": {Name: "linsert", Text: []byte("linsert"), Access: proxylib.Write, Categories: []string{"list", "slow", "write"}, least: 4, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 3},
		{repeat: once, kinds: []Kind{Word}, words: []string{"before", "after"}, after: 2},
		{repeat: once, kinds: []Kind{Value}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
	}},
	"llen": {Name: "llen", Text: []byte("llen"), Access: proxylib.Read, Categories: []string{"fast", "list", "read"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Key}},
	}},
	"lmove": {Name: "lmove", Text: []byte("lmove"), Access: proxylib.Write, Categories: []string{"list", "slow", "write"}, least: 4, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 3},
		{repeat: once, kinds: []Kind{Key}, after: 2},
		{repeat: once, kinds: []Kind{Word}, words: []string{"left", "right"}, after: 1},
		{repeat: once, kinds: []Kind{Word}, words: []string{"left", "right"}},
	}},
	"lmpop": {Name: "lmpop", Text: []byte("lmpop"), Access: proxylib.Write, Categories: []string{"list", "slow", "write"}, least: 2, items: []item{
		{repeat: once, kinds: []Kind{Number}, after: 1},
		{repeat: counted, kinds: []Kind{Key}, after: 1},
		{repeat: once, kinds: []Kind{Word}, words: []string{"left", "right"}},
		{repeat: options, options: []option{
			{name: "count", kinds: []Kind{Value}, form: fixed},
		}},
	}},
	"lolwut": {Name: "lolwut", Text: []byte("lolwut"), Access: proxylib.Read, Basic: true, Categories: []string{"fast", "read"}, items: []item{
		{repeat: options, options: []option{
			{name: "version", kinds: []Kind{Value}, form: fixed},
		}},
	}},
	"lpop": {Name: "lpop", Text: []byte("lpop"), Access: proxylib.Write, Categories: []string{"fast", "list", "write"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Key}},
		{repeat: optional, kinds: []Kind{Value}},
	}},
	"lpos": {Name: "lpos", Text: []byte("lpos"), Access: proxylib.Read, Categories: []string{"list", "read", "slow"}, least: 2, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
		{repeat: options, options: []option{
			{name: "rank", kinds: []Kind{Value}, form: fixed},
			{name: "count", kinds: []Kind{Value}, form: fixed},
			{name: "maxlen", kinds: []Kind{Value}, form: fixed},
		}},
	}},
	"lpush": {Name: "lpush", Text: []byte("lpush"), Access: proxylib.Write, Categories: []string{"fast", "list", "write"}, least: 2, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 1},
		{repeat: rest, kinds: []Kind{Value}},
	}},
	"lpushx": {Name: "lpushx", Text: []byte("lpushx"), Access: proxylib.Write, Categories: []string{"fast", "list", "write"}, least: 2, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 1},
		{repeat: rest, kinds: []Kind{Value}},
	}},
	"lrange": {Name: "lrange", Text: []byte("lrange"), Access: proxylib.Read, Categories: []string{"list", "read", "slow"}, least: 3, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 2},
		{repeat: once, kinds: []Kind{Value}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
	}},
	"lrem": {Name: "lrem", Text: []byte("lrem"), Access: proxylib.Write, Categories: []string{"list", "slow", "write"}, least: 3, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 2},
		{repeat: once, kinds: []Kind{Value}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
	}},
	"lset": {Name: "lset", Text: []byte("lset"), Access: proxylib.Write, Categories: []string{"list", "slow", "write"}, least: 3, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 2},
		{repeat: once, kinds: []Kind{Value}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
	}},
	"ltrim": {Name: "ltrim", Text: []byte("ltrim"), Access: proxylib.Write, Categories: []string{"list", "slow", "write"}, least: 3, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 2},
		{repeat: once, kinds: []Kind{Value}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
	}},
	"memory|doctor":       {Name: "memory|doctor", Text: []byte("memory|doctor"), Access: proxylib.Read, Categories: []string{"slow"}},
	"memory|help":         {Name: "memory|help", Text: []byte("memory|help"), Access: proxylib.Read, Categories: []string{"slow"}},
	"memory|malloc-stats": {Name: "memory|malloc-stats", Text: []byte("memory|malloc-stats"), Access: proxylib.Read, Categories: []string{"slow"}},
	"memory|purge":        {Name: "memory|purge", Text: []byte("memory|purge"), Access: proxylib.Admin, Categories: []string{"slow"}},
	"memory|stats":        {Name: "memory|stats", Text: []byte("memory|stats"), Access: proxylib.Read, Categories: []string{"slow"}},
	"memory|usage": {Name: "memory|usage", Text: []byte("memory|usage"), Access: proxylib.Read, Categories: []string{"read", "slow"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Key}},
		{repeat: options, options: []option{
			{name: "samples", kinds: []Kind{Value}, form: fixed},
		}},
	}},
	"mget": {Name: "mget", Text: []byte("mget"), Access: proxylib.Read, Categories: []string{"fast", "read", "string"}, least: 1, items: []item{
		{repeat: rest, kinds: []Kind{Key}},
	}},
	"migrate": {Name: "migrate", Text: []byte("migrate"), Access: proxylib.Admin, Categories: []string{"dangerous", "keyspace", "slow", "write"}, least: 5, items: []item{
		{repeat: once, kinds: []Kind{Value}, after: 4},
		{repeat: once, kinds: []Kind{Value}, after: 3},
		{repeat: once, kinds: []Kind{Key}, after: 2},
		{repeat: once, kinds: []Kind{DB}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
		{repeat: options, options: []option{
			{name: "copy"},
			{name: "replace"},
			{name: "auth", kinds: []Kind{Secret}, form: fixed},
			{name: "auth2", kinds: []Kind{User, Secret}, form: fixed},
			{name: "keys", kinds: []Kind{Key}, form: all},
		}},
	}},
	"module|help": {Name: "module|help", Text: []byte("module|help"), Access: proxylib.Read, Categories: []string{"slow"}},
	"module|list": {Name: "module|list", Text: []byte("module|list"), Access: proxylib.Admin, Categories: []string{"admin", "dangerous", "slow"}},
	"module|load": {Name: "module|load", Text: []byte("module|load"), Access: proxylib.Admin, Categories: []string{"admin", "dangerous", "slow"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Value}},
		{repeat: rest, kinds: []Kind{Secret}},
	}},
	"module|loadex": {Name: "module|loadex", Text: []byte("module|loadex"), Access: proxylib.Admin, Categories: []string{"admin", "dangerous", "slow"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Value}},
		{repeat: rest, kinds: []Kind{Secret}},
	}},
	"module|unload": {Name: "module|unload", Text: []byte("module|unload"), Access: proxylib.Admin, Categories: []string{"admin", "dangerous", "slow"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Value}},
	}},
	"monitor": {Name: "monitor", Text: []byte("monitor"), Access: proxylib.Admin, Effect: Monitor, Categories: []string{"admin", "dangerous", "slow"}},
	"move": {Name: "move", Text: []byte("move"), Access: proxylib.Write, Categories: []string{"fast", "keyspace", "write"}, least: 2, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 1},
		{repeat: once, kinds: []Kind{DB}},
	}},
	"mset": {Name: "mset", Text: []byte("mset"), Access: proxylib.Write, Categories: []string{"slow", "string", "write"}, least: 2, items: []item{
		{repeat: rest, kinds: []Kind{Key, Value}},
	}},
	"msetex": {Name: "msetex", Text: []byte("msetex"), Access: proxylib.Write, Categories: []string{"slow", "string", "write"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Number}},
		{repeat: counted, kinds: []Kind{Key, Value}},
		{repeat: options, options: []option{
			{name: "nx"},
			{name: "xx"},
			{name: "ex", kinds: []Kind{Value}, form: fixed},
			{name: "px", kinds: []Kind{Value}, form: fixed},
			{name: "exat", kinds: []Kind{Value}, form: fixed},
			{name: "pxat", kinds: []Kind{Value}, form: fixed},
			{name: "keepttl"},
		}},
	}},
	"msetnx": {Name: "msetnx", Text: []byte("msetnx"), Access: proxylib.Write, Categories: []string{"slow", "string", "write"}, least: 2, items: []item{
		{repeat: rest, kinds: []Kind{Key, Value}},
	}},
	"multi": {Name: "multi", Text: []byte("multi"), Access: proxylib.Read, Basic: true, Effect: Multi, Categories: []string{"fast", "transaction"}},
	"object|encoding": {Name: "object|encoding", Text: []byte("object|encoding"), Access: proxylib.Read, Categories: []string{"keyspace", "read", "slow"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Key}},
	}},
	"object|freq": {Name: "object|freq", Text: []byte("object|freq"), Access: proxylib.Read, Categories: []string{"keyspace", "read", "slow"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Key}},
	}},
	"object|help": {Name: "object|help", Text: []byte("object|help"), Access: proxylib.Read, Categories: []string{"keyspace", "slow"}},
	"object|idletime": {Name: "object|idletime", Text: []byte("object|idletime"), Access: proxylib.Read, Categories: []string{"keyspace", "read", "slow"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Key}},
	}},
	"object|refcount": {Name: "object|refcount", Text: []byte("object|refcount"), Access: proxylib.Read, Categories: []string{"keyspace", "read", "slow"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Key}},
	}},
	"persist": {Name: "persist", Text: []byte("persist"), Access: proxylib.Write, Categories: []string{"fast", "keyspace", "write"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Key}},
	}},
	"pexpire": {Name: "pexpire", Text: []byte("pexpire"), Access: proxylib.Write, Categories: []string{"fast", "keyspace", "write"}, least: 2, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
		{repeat: options, options: []option{
			{name: "nx"},
			{name: "xx"},
			{name: "gt"},
			{name: "lt"},
		}},
	}},
	"pexpireat": {Name: "pexpireat", Text: []byte("pexpireat"), Access: proxylib.Write, Categories: []string{"fast", "keyspace", "write"}, least: 2, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
		{repeat: options, options: []option{
			{name: "nx"},
			{name: "xx"},
			{name: "gt"},
			{name: "lt"},
		}},
	}},
	"pexpiretime": {Name: "pexpiretime", Text: []byte("pexpiretime"), Access: proxylib.Read, Categories: []string{"fast", "keyspace", "read"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Key}},
	}},
	"pfadd": {Name: "pfadd", Text: []byte("pfadd"), Access: proxylib.Write, Categories: []string{"fast", "hyperloglog", "write"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Key}},
		{repeat: rest, kinds: []Kind{Value}},
	}},
	"pfcount": {Name: "pfcount", Text: []byte("pfcount"), Access: proxylib.Read, Categories: []string{"hyperloglog", "read", "slow"}, least: 1, items: []item{
		{repeat: rest, kinds: []Kind{Key}},
	}},
	"pfdebug": {Name: "pfdebug", Text: []byte("pfdebug"), Access: proxylib.Admin, Categories: []string{"admin", "dangerous", "hyperloglog", "slow", "write"}, least: 2, items: []item{
		{repeat: once, kinds: []Kind{Value}, after: 1},
		{repeat: once, kinds: []Kind{Key}},
	}},
	"pfmerge": {Name: "pfmerge", Text: []byte("pfmerge"), Access: proxylib.Write, Categories: []string{"hyperloglog", "slow", "write"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Key}},
		{repeat: rest, kinds: []Kind{Key}},
	}},
	"pfselftest": {Name: "pfselftest", Text: []byte("pfselftest"), Access: proxylib.Admin, Categories: []string{"admin", "dangerous", "hyperloglog", "slow"}},
	"ping": {Name: "ping", Text: []byte("ping"), Access: proxylib.Read, Basic: true, Categories: []string{"connection", "fast"}, items: []item{
		{repeat: optional, kinds: []Kind{Value}},
	}},
	"psetex": {Name: "psetex", Text: []byte("psetex"), Access: proxylib.Write, Categories: []string{"slow", "string", "write"}, least: 3, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 2},
		{repeat: once, kinds: []Kind{Value}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
	}},
	"psubscribe": {Name: "psubscribe", Text: []byte("psubscribe"), Access: proxylib.Read, Effect: Subscribe, Categories: []string{"pubsub", "slow"}, least: 1, items: []item{
		{repeat: rest, kinds: []Kind{Pattern}},
	}},
	"psync": {Name: "psync", Text: []byte("psync"), Access: proxylib.Admin, Effect: Replicate, Categories: []string{"admin", "dangerous", "slow"}, least: 2, items: []item{
		{repeat: once, kinds: []Kind{Value}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
		{repeat: rest, kinds: []Kind{Value}},
	}},
	"pttl": {Name: "pttl", Text: []byte("pttl"), Access: proxylib.Read, Categories: []string{"fast", "keyspace", "read"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Key}},
	}},
	"publish": {Name: "publish", Text: []byte("publish"), Access: proxylib.Write, Categories: []string{"fast", "pubsub"}, least: 2, items: []item{
		{repeat: once, kinds: []Kind{Channel}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
	}},
	"pubsub|channels": {Name: "pubsub|channels", Text: []byte("pubsub|channels"), Access: proxylib.Read, Categories: []string{"pubsub", "slow"}, items: []item{
		{repeat: optional, kinds: []Kind{Pattern}},
	}},
	"pubsub|help":   {Name: "pubsub|help", Text: []byte("pubsub|help"), Access: proxylib.Read, Categories: []string{"slow"}},
	"pubsub|numpat": {Name: "pubsub|numpat", Text: []byte("pubsub|numpat"), Access: proxylib.Read, Categories: []string{"pubsub", "slow"}},
	"pubsub|numsub": {Name: "pubsub|numsub", Text: []byte("pubsub|numsub"), Access: proxylib.Read, Categories: []string{"pubsub", "slow"}, items: []item{
		{repeat: rest, kinds: []Kind{Channel}},
	}},
	"pubsub|shardchannels": {Name: "pubsub|shardchannels", Text: []byte("pubsub|shardchannels"), Access: proxylib.Read, Categories: []string{"pubsub", "slow"}, items: []item{
		{repeat: optional, kinds: []Kind{Pattern}},
	}},
	"pubsub|shardnumsub": {Name: "pubsub|shardnumsub", Text: []byte("pubsub|shardnumsub"), Access: proxylib.Read, Categories: []string{"pubsub", "slow"}, items: []item{
		{repeat: rest, kinds: []Kind{Channel}},
	}},
	"punsubscribe": {Name: "punsubscribe", Text: []byte("punsubscribe"), Access: proxylib.Read, Basic: true, Effect: Unsubscribe, Categories: []string{"pubsub", "slow"}, items: []item{
		{repeat: rest, kinds: []Kind{Pattern}},
	}},
	"quit":      {Name: "quit", Text: []byte("quit"), Access: proxylib.Read, Basic: true, Effect: Quit, Categories: []string{"connection", "fast"}},
	"randomkey": {Name: "randomkey", Text: []byte("randomkey"), Access: proxylib.Read, Effect: Whole, Categories: []string{"keyspace", "read", "slow"}},
	"readonly":  {Name: "readonly", Text: []byte("readonly"), Access: proxylib.Read, Basic: true, Categories: []string{"connection", "fast"}},
	"readwrite": {Name: "readwrite", Text: []byte("readwrite"), Access: proxylib.Read, Basic: true, Categories: []string{"connection", "fast"}},
	"rename": {Name: "rename", Text: []byte("rename"), Access: proxylib.Write, Categories: []string{"keyspace", "slow", "write"}, least: 2, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 1},
		{repeat: once, kinds: []Kind{Key}},
	}},
	"renamenx": {Name: "renamenx", Text: []byte("renamenx"), Access: proxylib.Write, Categories: []string{"fast", "keyspace", "write"}, least: 2, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 1},
		{repeat: once, kinds: []Kind{Key}},
	}},
	"replconf": {Name: "replconf", Text: []byte("replconf"), Access: proxylib.Admin, Effect: Irregular, Categories: []string{"admin", "dangerous", "slow"}, items: []item{
		{repeat: rest, kinds: []Kind{Value}},
	}},
	"replicaof": {Name: "replicaof", Text: []byte("replicaof"), Access: proxylib.Admin, Categories: []string{"admin", "dangerous", "slow"}, least: 2, items: []item{
		{repeat: once, kinds: []Kind{Value}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
	}},
	"reset": {Name: "reset", Text: []byte("reset"), Access: proxylib.Read, Basic: true, Effect: Reset, Categories: []string{"connection", "fast"}},
	"restore": {Name: "restore", Text: []byte("restore"), Access: proxylib.Write, Categories: []string{"dangerous", "keyspace", "slow", "write"}, least: 3, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 2},
		{repeat: once, kinds: []Kind{Value}, after: 1},
		{repeat: once, kinds: []Kind{Secret}},
		{repeat: options, options: []option{
			{name: "replace"},
			{name: "absttl"},
			{name: "idletime", kinds: []Kind{Value}, form: fixed},
			{name: "freq", kinds: []Kind{Value}, form: fixed},
		}},
	}},
	"restore-asking": {Name: "restore-asking", Text: []byte("restore-asking"), Access: proxylib.Write, Categories: []string{"dangerous", "keyspace", "slow", "write"}, least: 3, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 2},
		{repeat: once, kinds: []Kind{Value}, after: 1},
		{repeat: once, kinds: []Kind{Secret}},
		{repeat: options, options: []option{
			{name: "replace"},
			{name: "absttl"},
			{name: "idletime", kinds: []Kind{Value}, form: fixed},
			{name: "freq", kinds: []Kind{Value}, form: fixed},
		}},
	}},
	"role": {Name: "role", Text: []byte("role"), Access: proxylib.Admin, Categories: []string{"admin", "dangerous", "fast"}},
	"rpop": {Name: "rpop", Text: []byte("rpop"), Access: proxylib.Write, Categories: []string{"fast", "list", "write"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Key}},
		{repeat: optional, kinds: []Kind{Value}},
	}},
	"rpoplpush": {Name: "rpoplpush", Text: []byte("rpoplpush"), Access: proxylib.Write, Categories: []string{"list", "slow", "write"}, least: 2, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 1},
		{repeat: once, kinds: []Kind{Key}},
	}},
	"rpush": {Name: "rpush", Text: []byte("rpush"), Access: proxylib.Write, Categories: []string{"fast", "list", "write"}, least: 2, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 1},
		{repeat: rest, kinds: []Kind{Value}},
	}},
	"rpushx": {Name: "rpushx", Text: []byte("rpushx"), Access: proxylib.Write, Categories: []string{"fast", "list", "write"}, least: 2, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 1},
		{repeat: rest, kinds: []Kind{Value}},
	}},
	"sadd": {Name: "sadd", Text: []byte("sadd"), Access: proxylib.Write, Categories: []string{"fast", "set", "write"}, least: 2, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 1},
		{repeat: rest, kinds: []Kind{Value}},
	}},
	"save": {Name: "save", Text: []byte("save"), Access: proxylib.Admin, Categories: []string{"admin", "dangerous", "slow"}},
	"scan": {Name: "scan", Text: []byte("scan"), Access: proxylib.Read, Effect: Whole, Categories: []string{"keyspace", "read", "slow"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Value}},
		{repeat: options, options: []option{
			{name: "match", kinds: []Kind{Value}, form: fixed},
			{name: "count", kinds: []Kind{Value}, form: fixed},
			{name: "type", kinds: []Kind{Value}, form: fixed},
		}},
	}},
	"scard": {Name: "scard", Text: []byte("scard"), Access: proxylib.Read, Categories: []string{"fast", "read", "set"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Key}},
	}},
	"script|debug": {Name: "script|debug", Text: []byte("script|debug"), Access: proxylib.Admin, Effect: Irregular, Categories: []string{"scripting", "slow"}, least: 1, items: []item{
		{repeat: rest, kinds: []Kind{Value}},
	}},
	"script|exists": {Name: "script|exists", Text: []byte("script|exists"), Access: proxylib.Read, Categories: []string{"scripting", "slow"}, least: 1, items: []item{
		{repeat: rest, kinds: []Kind{Value}},
	}},
	"script|flush": {Name: "script|flush", Text: []byte("script|flush"), Access: proxylib.Admin, Categories: []string{"scripting", "slow"}, items: []item{
		{repeat: options, options: []option{
			{name: "async"},
			{name: "sync"},
		}},
	}},
	"script|help": {Name: "script|help", Text: []byte("script|help"), Access: proxylib.Read, Categories: []string{"scripting", "slow"}},
	"script|kill": {Name: "script|kill", Text: []byte("script|kill"), Access: proxylib.Admin, Categories: []string{"scripting", "slow"}},
	"script|load": {Name: "script|load", Text: []byte("script|load"), Access: proxylib.Admin, Categories: []string{"scripting", "slow"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Value}},
	}},
	"script|show": {Name: "script|show", Text: []byte("script|show"), Access: proxylib.Read, Categories: []string{"scripting", "slow"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Value}},
	}},
	"sdiff": {Name: "sdiff", Text: []byte("sdiff"), Access: proxylib.Read, Categories: []string{"read", "set", "slow"}, least: 1, items: []item{
		{repeat: rest, kinds: []Kind{Key}},
	}},
	"sdiffstore": {Name: "sdiffstore", Text: []byte("sdiffstore"), Access: proxylib.Write, Categories: []string{"set", "slow", "write"}, least: 2, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 1},
		{repeat: rest, kinds: []Kind{Key}},
	}},
	"select": {Name: "select", Text: []byte("select"), Access: proxylib.Read, Basic: true, Effect: Select, Categories: []string{"connection", "fast"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{DB}},
	}},
	"set": {Name: "set", Text: []byte("set"), Access: proxylib.Write, Categories: []string{"slow", "string", "write"}, least: 2, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
		{repeat: options, options: []option{
			{name: "nx"},
			{name: "xx"},
			{name: "ifeq", kinds: []Kind{Value}, form: fixed},
			{name: "get"},
			{name: "ex", kinds: []Kind{Value}, form: fixed},
			{name: "px", kinds: []Kind{Value}, form: fixed},
			{name: "exat", kinds: []Kind{Value}, form: fixed},
			{name: "pxat", kinds: []Kind{Value}, form: fixed},
			{name: "keepttl"},
		}},
	}},
	"setbit": {Name: "setbit", Text: []byte("setbit"), Access: proxylib.Write, Categories: []string{"bitmap", "slow", "write"}, least: 3, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 2},
		{repeat: once, kinds: []Kind{Value}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
	}},
	"setex": {Name: "setex", Text: []byte("setex"), Access: proxylib.Write, Categories: []string{"slow", "string", "write"}, least: 3, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 2},
		{repeat: once, kinds: []Kind{Value}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
	}},
	"setnx": {Name: "setnx", Text: []byte("setnx"), Access: proxylib.Write, Categories: []string{"fast", "string", "write"}, least: 2, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
	}},
	"setrange": {Name: "setrange", Text: []byte("setrange"), Access: proxylib.Write, Categories: []string{"slow", "string", "write"}, least: 3, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 2},
		{repeat: once, kinds: []Kind{Value}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
	}},
	"shutdown": {Name: "shutdown", Text: []byte("shutdown"), Access: proxylib.Admin, Effect: Quit, Categories: []string{"admin", "dangerous", "slow"}, items: []item{
		{repeat: options, options: []option{
			{name: "nosave"},
			{name: "save"},
			{name: "now"},
			{name: "force"},
			{name: "safe"},
			{name: "failover"},
			{name: "abort"},
		}},
	}},
	"sinter": {Name: "sinter", Text: []byte("sinter"), Access: proxylib.Read, Categories: []string{"read", "set", "slow"}, least: 1, items: []item{
		{repeat: rest, kinds: []Kind{Key}},
	}},
	"sintercard": {Name: "sintercard", Text: []byte("sintercard"), Access: proxylib.Read, Categories: []string{"read", "set", "slow"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Number}},
		{repeat: counted, kinds: []Kind{Key}},
		{repeat: options, options: []option{
			{name: "limit", kinds: []Kind{Value}, form: fixed},
		}},
	}},
	"sinterstore": {Name: "sinterstore", Text: []byte("sinterstore"), Access: proxylib.Write, Categories: []string{"set", "slow", "write"}, least: 2, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 1},
		{repeat: rest, kinds: []Kind{Key}},
	}},
	"sismember": {Name: "sismember", Text: []byte("sismember"), Access: proxylib.Read, Categories: []string{"fast", "read", "set"}, least: 2, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
	}},
	"slaveof": {Name: "slaveof", Text: []byte("slaveof"), Access: proxylib.Admin, Categories: []string{"admin", "dangerous", "slow"}, least: 2, items: []item{
		{repeat: once, kinds: []Kind{Value}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
	}},
	"slowlog|get": {Name: "slowlog|get", Text: []byte("slowlog|get"), Access: proxylib.Admin, Categories: []string{"admin", "dangerous", "slow"}, items: []item{
		{repeat: optional, kinds: []Kind{Value}},
	}},
	"slowlog|help":  {Name: "slowlog|help", Text: []byte("slowlog|help"), Access: proxylib.Read, Categories: []string{"slow"}},
	"slowlog|len":   {Name: "slowlog|len", Text: []byte("slowlog|len"), Access: proxylib.Admin, Categories: []string{"admin", "dangerous", "slow"}},
	"slowlog|reset": {Name: "slowlog|reset", Text: []byte("slowlog|reset"), Access: proxylib.Admin, Categories: []string{"admin", "dangerous", "slow"}},
	"smembers": {Name: "smembers", Text: []byte("smembers"), Access: proxylib.Read, Categories: []string{"read", "set", "slow"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Key}},
	}},
	"smismember": {Name: "smismember", Text: []byte("smismember"), Access: proxylib.Read, Categories: []string{"fast", "read", "set"}, least: 2, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 1},
		{repeat: rest, kinds: []Kind{Value}},
	}},
	"smove": {Name: "smove", Text: []byte("smove"), Access: proxylib.Write, Categories: []string{"fast", "set", "write"}, least: 3, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 2},
		{repeat: once, kinds: []Kind{Key}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
	}},
	"sort": {Name: "sort", Text: []byte("sort"), Access: proxylib.Write, Categories: []string{"dangerous", "list", "set", "slow", "sortedset", "write"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Key}},
		{repeat: options, options: []option{
			{name: "by", kinds: []Kind{KeyPattern}, form: fixed},
			{name: "limit", kinds: []Kind{Value, Value}, form: fixed},
			{name: "get", kinds: []Kind{KeyPattern}, form: fixed},
			{name: "asc"},
			{name: "desc"},
			{name: "alpha"},
			{name: "store", kinds: []Kind{Key}, form: fixed},
		}},
	}},
	"sort_ro": {Name: "sort_ro", Text: []byte("sort_ro"), Access: proxylib.Read, Categories: []string{"dangerous", "list", "read", "set", "slow", "sortedset"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Key}},
		{repeat: options, options: []option{
			{name: "by", kinds: []Kind{KeyPattern}, form: fixed},
			{name: "limit", kinds: []Kind{Value, Value}, form: fixed},
			{name: "get", kinds: []Kind{KeyPattern}, form: fixed},
			{name: "asc"},
			{name: "desc"},
			{name: "alpha"},
		}},
	}},
	"spop": {Name: "spop", Text: []byte("spop"), Access: proxylib.Write, Categories: []string{"fast", "set", "write"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Key}},
		{repeat: optional, kinds: []Kind{Value}},
	}},
	"spublish": {Name: "spublish", Text: []byte("spublish"), Access: proxylib.Write, Categories: []string{"fast", "pubsub"}, least: 2, items: []item{
		{repeat: once, kinds: []Kind{Channel}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
	}},
	"srandmember": {Name: "srandmember", Text: []byte("srandmember"), Access: proxylib.Read, Categories: []string{"read", "set", "slow"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Key}},
		{repeat: optional, kinds: []Kind{Value}},
	}},
	"srem": {Name: "srem", Text: []byte("srem"), Access: proxylib.Write, Categories: []string{"fast", "set", "write"}, least: 2, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 1},
		{repeat: rest, kinds: []Kind{Value}},
	}},
	"sscan": {Name: "sscan", Text: []byte("sscan"), Access: proxylib.Read, Categories: []string{"read", "set", "slow"}, least: 2, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
		{repeat: options, options: []option{
			{name: "match", kinds: []Kind{Value}, form: fixed},
			{name: "count", kinds: []Kind{Value}, form: fixed},
		}},
	}},
	"ssubscribe": {Name: "ssubscribe", Text: []byte("ssubscribe"), Access: proxylib.Read, Effect: Subscribe, Categories: []string{"pubsub", "slow"}, least: 1, items: []item{
		{repeat: rest, kinds: []Kind{Channel}},
	}},
	"stralgo": {Name: "stralgo", Text: []byte("stralgo"), Access: proxylib.Read, Categories: []string{"read", "slow", "string"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Word}, words: []string{"lcs"}},
		{repeat: options, options: []option{
			{name: "keys", kinds: []Kind{Key, Key}, form: fixed},
			{name: "strings", kinds: []Kind{Value, Value}, form: fixed},
			{name: "len"},
			{name: "idx"},
			{name: "minmatchlen", kinds: []Kind{Value}, form: fixed},
			{name: "withmatchlen"},
		}},
	}},
	"strlen": {Name: "strlen", Text: []byte("strlen"), Access: proxylib.Read, Categories: []string{"fast", "read", "string"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Key}},
	}},
	"subscribe": {Name: "subscribe", Text: []byte("subscribe"), Access: proxylib.Read, Effect: Subscribe, Categories: []string{"pubsub", "slow"}, least: 1, items: []item{
		{repeat: rest, kinds: []Kind{Channel}},
	}},
	"substr": {Name: "substr", Text: []byte("substr"), Access: proxylib.Read, Categories: []string{"read", "slow", "string"}, least: 3, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 2},
		{repeat: once, kinds: []Kind{Value}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
	}},
	"sunion": {Name: "sunion", Text: []byte("sunion"), Access: proxylib.Read, Categories: []string{"read", "set", "slow"}, least: 1, items: []item{
		{repeat: rest, kinds: []Kind{Key}},
	}},
	"sunionstore": {Name: "sunionstore", Text: []byte("sunionstore"), Access: proxylib.Write, Categories: []string{"set", "slow", "write"}, least: 2, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 1},
		{repeat: rest, kinds: []Kind{Key}},
	}},
	"sunsubscribe": {Name: "sunsubscribe", Text: []byte("sunsubscribe"), Access: proxylib.Read, Basic: true, Effect: Unsubscribe, Categories: []string{"pubsub", "slow"}, items: []item{
		{repeat: rest, kinds: []Kind{Channel}},
	}},
	"swapdb": {Name: "swapdb", Text: []byte("swapdb"), Access: proxylib.Admin, Effect: Whole, Categories: []string{"dangerous", "fast", "keyspace", "write"}, least: 2, items: []item{
		{repeat: once, kinds: []Kind{DB}, after: 1},
		{repeat: once, kinds: []Kind{DB}},
	}},
	"sync": {Name: "sync", Text: []byte("sync"), Access: proxylib.Admin, Effect: Replicate, Categories: []string{"admin", "dangerous", "slow"}},
	"time": {Name: "time", Text: []byte("time"), Access: proxylib.Read, Basic: true, Categories: []string{"fast"}},
	"touch": {Name: "touch", Text: []byte("touch"), Access: proxylib.Read, Categories: []string{"fast", "keyspace", "read"}, least: 1, items: []item{
		{repeat: rest, kinds: []Kind{Key}},
	}},
	"ttl": {Name: "ttl", Text: []byte("ttl"), Access: proxylib.Read, Categories: []string{"fast", "keyspace", "read"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Key}},
	}},
	"type": {Name: "type", Text: []byte("type"), Access: proxylib.Read, Categories: []string{"fast", "keyspace", "read"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Key}},
	}},
	"unlink": {Name: "unlink", Text: []byte("unlink"), Access: proxylib.Write, Categories: []string{"fast", "keyspace", "write"}, least: 1, items: []item{
		{repeat: rest, kinds: []Kind{Key}},
	}},
	"unsubscribe": {Name: "unsubscribe", Text: []byte("unsubscribe"), Access: proxylib.Read, Basic: true, Effect: Unsubscribe, Categories: []string{"pubsub", "slow"}, items: []item{
		{repeat: rest, kinds: []Kind{Channel}},
	}},
	"unwatch": {Name: "unwatch", Text: []byte("unwatch"), Access: proxylib.Read, Basic: true, Categories: []string{"fast", "transaction"}},
	"vadd": {Name: "vadd", Text: []byte("vadd"), Access: proxylib.Write, Categories: []string{"module"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Key}},
		{repeat: rest, kinds: []Kind{Value}},
	}},
	"vcard": {Name: "vcard", Text: []byte("vcard"), Access: proxylib.Read, Categories: []string{"module"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Key}},
		{repeat: rest, kinds: []Kind{Value}},
	}},
	"vdim": {Name: "vdim", Text: []byte("vdim"), Access: proxylib.Read, Categories: []string{"module"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Key}},
		{repeat: rest, kinds: []Kind{Value}},
	}},
	"vemb": {Name: "vemb", Text: []byte("vemb"), Access: proxylib.Read, Categories: []string{"module"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Key}},
		{repeat: rest, kinds: []Kind{Value}},
	}},
	"vgetattr": {Name: "vgetattr", Text: []byte("vgetattr"), Access: proxylib.Read, Categories: []string{"module"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Key}},
		{repeat: rest, kinds: []Kind{Value}},
	}},
	"vinfo": {Name: "vinfo", Text: []byte("vinfo"), Access: proxylib.Read, Categories: []string{"module"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Key}},
		{repeat: rest, kinds: []Kind{Value}},
	}},
	"vismember": {Name: "vismember", Text: []byte("vismember"), Access: proxylib.Read, Categories: []string{"module"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Key}},
		{repeat: rest, kinds: []Kind{Value}},
	}},
	"vlinks": {Name: "vlinks", Text: []byte("vlinks"), Access: proxylib.Read, Categories: []string{"module"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Key}},
		{repeat: rest, kinds: []Kind{Value}},
	}},
	"vrandmember": {Name: "vrandmember", Text: []byte("vrandmember"), Access: proxylib.Read, Categories: []string{"module"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Key}},
		{repeat: rest, kinds: []Kind{Value}},
	}},
	"vrem": {Name: "vrem", Text: []byte("vrem"), Access: proxylib.Write, Categories: []string{"module"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Key}},
		{repeat: rest, kinds: []Kind{Value}},
	}},
	"vsetattr": {Name: "vsetattr", Text: []byte("vsetattr"), Access: proxylib.Write, Categories: []string{"module"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Key}},
		{repeat: rest, kinds: []Kind{Value}},
	}},
	"vsim": {Name: "vsim", Text: []byte("vsim"), Access: proxylib.Read, Categories: []string{"module"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Key}},
		{repeat: rest, kinds: []Kind{Value}},
	}},
	"wait": {Name: "wait", Text: []byte("wait"), Access: proxylib.Read, Basic: true, Categories: []string{"connection", "slow"}, least: 2, items: []item{
		{repeat: once, kinds: []Kind{Value}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
	}},
	"waitaof": {Name: "waitaof", Text: []byte("waitaof"), Access: proxylib.Read, Basic: true, Categories: []string{"blocking", "connection", "slow"}, least: 3, items: []item{
		{repeat: once, kinds: []Kind{Value}, after: 2},
		{repeat: once, kinds: []Kind{Value}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
	}},
	"watch": {Name: "watch", Text: []byte("watch"), Access: proxylib.Read, Categories: []string{"fast", "transaction"}, least: 1, items: []item{
		{repeat: rest, kinds: []Kind{Key}},
	}},
	"xack": {Name: "xack", Text: []byte("xack"), Access: proxylib.Write, Categories: []string{"fast", "stream", "write"}, least: 3, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 2},
		{repeat: once, kinds: []Kind{Value}, after: 1},
		{repeat: rest, kinds: []Kind{Value}},
	}},
	"xadd": {Name: "xadd", Text: []byte("xadd"), Access: proxylib.Write, Categories: []string{"fast", "stream", "write"}, least: 4, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 3},
		{repeat: options, options: []option{
			{name: "nomkstream"},
			{name: "maxlen", kinds: []Kind{Value}, form: approximate},
			{name: "minid", kinds: []Kind{Value}, form: approximate},
			{name: "limit", kinds: []Kind{Value}, form: fixed},
			{name: "keepref"},
			{name: "delref"},
			{name: "acked"},
		}, after: 3},
		{repeat: once, kinds: []Kind{Value}, after: 2},
		{repeat: rest, kinds: []Kind{Value, Value}},
	}},
	"xautoclaim": {Name: "xautoclaim", Text: []byte("xautoclaim"), Access: proxylib.Write, Categories: []string{"fast", "stream", "write"}, least: 5, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 4},
		{repeat: once, kinds: []Kind{Value}, after: 3},
		{repeat: once, kinds: []Kind{Value}, after: 2},
		{repeat: once, kinds: []Kind{Value}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
		{repeat: options, options: []option{
			{name: "count", kinds: []Kind{Value}, form: fixed},
			{name: "justid"},
		}},
	}},
	"xclaim": {Name: "xclaim", Text: []byte("xclaim"), Access: proxylib.Write, Categories: []string{"fast", "stream", "write"}, least: 5, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 4},
		{repeat: once, kinds: []Kind{Value}, after: 3},
		{repeat: once, kinds: []Kind{Value}, after: 2},
		{repeat: once, kinds: []Kind{Value}, after: 1},
		{repeat: rest, kinds: []Kind{Value}},
	}},
	"xdel": {Name: "xdel", Text: []byte("xdel"), Access: proxylib.Write, Categories: []string{"fast", "stream", "write"}, least: 2, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 1},
		{repeat: rest, kinds: []Kind{Value}},
	}},
	"xgroup|create": {Name: "xgroup|create", Text: []byte("xgroup|create"), Access: proxylib.Write, Categories: []string{"slow", "stream", "write"}, least: 3, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 2},
		{repeat: once, kinds: []Kind{Value}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
		{repeat: options, options: []option{
			{name: "mkstream"},
			{name: "entriesread", kinds: []Kind{Value}, form: fixed},
		}},
	}},
	"xgroup|createconsumer": {Name: "xgroup|createconsumer", Text: []byte("xgroup|createconsumer"), Access: proxylib.Write, Categories: []string{"slow", "stream", "write"}, least: 3, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 2},
		{repeat: once, kinds: []Kind{Value}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
	}},
	"xgroup|delconsumer": {Name: "xgroup|delconsumer", Text: []byte("xgroup|delconsumer"), Access: proxylib.Write, Categories: []string{"slow", "stream", "write"}, least: 3, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 2},
		{repeat: once, kinds: []Kind{Value}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
	}},
	"xgroup|destroy": {Name: "xgroup|destroy", Text: []byte("xgroup|destroy"), Access: proxylib.Write, Categories: []string{"slow", "stream", "write"}, least: 2, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
	}},
	"xgroup|help": {Name: "xgroup|help", Text: []byte("xgroup|help"), Access: proxylib.Read, Categories: []string{"slow", "stream"}},
	"xgroup|setid": {Name: "xgroup|setid", Text: []byte("xgroup|setid"), Access: proxylib.Write, Categories: []string{"slow", "stream", "write"}, least: 3, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 2},
		{repeat: once, kinds: []Kind{Value}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
		{repeat: options, options: []option{
			{name: "entriesread", kinds: []Kind{Value}, form: fixed},
		}},
	}},
	"xinfo|consumers": {Name: "xinfo|consumers", Text: []byte("xinfo|consumers"), Access: proxylib.Read, Categories: []string{"read", "slow", "stream"}, least: 2, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
	}},
	"xinfo|groups": {Name: "xinfo|groups", Text: []byte("xinfo|groups"), Access: proxylib.Read, Categories: []string{"read", "slow", "stream"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Key}},
	}},
	"xinfo|help": {Name: "xinfo|help", Text: []byte("xinfo|help"), Access: proxylib.Read, Categories: []string{"slow", "stream"}},
	"xinfo|stream": {Name: "xinfo|stream", Text: []byte("xinfo|stream"), Access: proxylib.Read, Categories: []string{"read", "slow", "stream"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Key}},
		{repeat: options, options: []option{
			{name: "full"},
			{name: "count", kinds: []Kind{Value}, form: fixed},
		}},
	}},
	"xlen": {Name: "xlen", Text: []byte("xlen"), Access: proxylib.Read, Categories: []string{"fast", "read", "stream"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Key}},
	}},
	"xpending": {Name: "xpending", Text: []byte("xpending"), Access: proxylib.Read, Categories: []string{"read", "slow", "stream"}, least: 2, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
		{repeat: options, options: []option{
			{name: "idle", kinds: []Kind{Value}, form: fixed},
		}},
		{repeat: rest, kinds: []Kind{Value}},
	}},
	"xrange": {Name: "xrange", Text: []byte("xrange"), Access: proxylib.Read, Categories: []string{"read", "slow", "stream"}, least: 3, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 2},
		{repeat: once, kinds: []Kind{Value}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
		{repeat: options, options: []option{
			{name: "count", kinds: []Kind{Value}, form: fixed},
		}},
	}},
	"xread": {Name: "xread", Text: []byte("xread"), Access: proxylib.Read, Categories: []string{"blocking", "read", "slow", "stream"}, least: 3, items: []item{
		{repeat: options, options: []option{
			{name: "count", kinds: []Kind{Integer}, form: fixed},
			{name: "block", kinds: []Kind{Integer}, form: fixed},
		}, after: 3},
		{repeat: once, kinds: []Kind{Word}, words: []string{"streams"}, after: 2},
		{repeat: share, kinds: []Kind{Key}, after: 1},
		{repeat: share, kinds: []Kind{Value}},
	}},
	"xreadgroup": {Name: "xreadgroup", Text: []byte("xreadgroup"), Access: proxylib.Write, Categories: []string{"blocking", "slow", "stream", "write"}, least: 6, items: []item{
		{repeat: once, kinds: []Kind{Word}, words: []string{"group"}, after: 5},
		{repeat: once, kinds: []Kind{Value}, after: 4},
		{repeat: once, kinds: []Kind{Value}, after: 3},
		{repeat: options, options: []option{
			{name: "count", kinds: []Kind{Integer}, form: fixed},
			{name: "block", kinds: []Kind{Integer}, form: fixed},
			{name: "noack"},
		}, after: 3},
		{repeat: once, kinds: []Kind{Word}, words: []string{"streams"}, after: 2},
		{repeat: share, kinds: []Kind{Key}, after: 1},
		{repeat: share, kinds: []Kind{Value}},
	}},
	"xrevrange": {Name: "xrevrange", Text: []byte("xrevrange"), Access: proxylib.Read, Categories: []string{"read", "slow", "stream"}, least: 3, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 2},
		{repeat: once, kinds: []Kind{Value}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
		{repeat: options, options: []option{
			{name: "count", kinds: []Kind{Value}, form: fixed},
		}},
	}},
	"xsetid": {Name: "xsetid", Text: []byte("xsetid"), Access: proxylib.Write, Categories: []string{"fast", "stream", "write"}, least: 2, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
		{repeat: options, options: []option{
			{name: "entriesadded", kinds: []Kind{Value}, form: fixed},
			{name: "maxdeletedid", kinds: []Kind{Value}, form: fixed},
		}},
	}},
	"xtrim": {Name: "xtrim", Text: []byte("xtrim"), Access: proxylib.Write, Categories: []string{"slow", "stream", "write"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Key}},
		{repeat: options, options: []option{
			{name: "maxlen", kinds: []Kind{Value}, form: approximate},
			{name: "minid", kinds: []Kind{Value}, form: approximate},
			{name: "limit", kinds: []Kind{Value}, form: fixed},
			{name: "keepref"},
			{name: "delref"},
			{name: "acked"},
		}},
	}},
	"zadd": {Name: "zadd", Text: []byte("zadd"), Access: proxylib.Write, Categories: []string{"fast", "sortedset", "write"}, least: 3, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 2},
		{repeat: options, options: []option{
			{name: "nx"},
			{name: "xx"},
			{name: "gt"},
			{name: "lt"},
			{name: "ch"},
			{name: "incr"},
		}, after: 2},
		{repeat: rest, kinds: []Kind{Value, Value}},
	}},
	"zcard": {Name: "zcard", Text: []byte("zcard"), Access: proxylib.Read, Categories: []string{"fast", "read", "sortedset"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Key}},
	}},
	"zcount": {Name: "zcount", Text: []byte("zcount"), Access: proxylib.Read, Categories: []string{"fast", "read", "sortedset"}, least: 3, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 2},
		{repeat: once, kinds: []Kind{Value}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
	}},
	"zdiff": {Name: "zdiff", Text: []byte("zdiff"), Access: proxylib.Read, Categories: []string{"read", "slow", "sortedset"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Number}},
		{repeat: counted, kinds: []Kind{Key}},
		{repeat: options, options: []option{
			{name: "withscores"},
		}},
	}},
	"zdiffstore": {Name: "zdiffstore", Text: []byte("zdiffstore"), Access: proxylib.Write, Categories: []string{"slow", "sortedset", "write"}, least: 2, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 1},
		{repeat: once, kinds: []Kind{Number}},
		{repeat: counted, kinds: []Kind{Key}},
	}},
	"zincrby": {Name: "zincrby", Text: []byte("zincrby"), Access: proxylib.Write, Categories: []string{"fast", "sortedset", "write"}, least: 3, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 2},
		{repeat: once, kinds: []Kind{Value}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
	}},
	"zinter": {Name: "zinter", Text: []byte("zinter"), Access: proxylib.Read, Categories: []string{"read", "slow", "sortedset"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Number}},
		{repeat: counted, kinds: []Kind{Key}},
		{repeat: options, options: []option{
			{name: "weights", kinds: []Kind{Value}, form: same},
			{name: "aggregate", kinds: []Kind{Value}, form: fixed},
			{name: "withscores"},
		}},
	}},
	"zintercard": {Name: "zintercard", Text: []byte("zintercard"), Access: proxylib.Read, Categories: []string{"read", "slow", "sortedset"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Number}},
		{repeat: counted, kinds: []Kind{Key}},
		{repeat: options, options: []option{
			{name: "limit", kinds: []Kind{Value}, form: fixed},
		}},
	}},
	"zinterstore": {Name: "zinterstore", Text: []byte("zinterstore"), Access: proxylib.Write, Categories: []string{"slow", "sortedset", "write"}, least: 2, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 1},
		{repeat: once, kinds: []Kind{Number}},
		{repeat: counted, kinds: []Kind{Key}},
		{repeat: options, options: []option{
			{name: "weights", kinds: []Kind{Value}, form: same},
			{name: "aggregate", kinds: []Kind{Value}, form: fixed},
		}},
	}},
	"zlexcount": {Name: "zlexcount", Text: []byte("zlexcount"), Access: proxylib.Read, Categories: []string{"fast", "read", "sortedset"}, least: 3, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 2},
		{repeat: once, kinds: []Kind{Value}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
	}},
	"zmpop": {Name: "zmpop", Text: []byte("zmpop"), Access: proxylib.Write, Categories: []string{"slow", "sortedset", "write"}, least: 2, items: []item{
		{repeat: once, kinds: []Kind{Number}, after: 1},
		{repeat: counted, kinds: []Kind{Key}, after: 1},
		{repeat: once, kinds: []Kind{Word}, words: []string{"min", "max"}},
		{repeat: options, options: []option{
			{name: "count", kinds: []Kind{Value}, form: fixed},
		}},
	}},
	"zmscore": {Name: "zmscore", Text: []byte("zmscore"), Access: proxylib.Read, Categories: []string{"fast", "read", "sortedset"}, least: 2, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 1},
		{repeat: rest, kinds: []Kind{Value}},
	}},
	"zpopmax": {Name: "zpopmax", Text: []byte("zpopmax"), Access: proxylib.Write, Categories: []string{"fast", "sortedset", "write"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Key}},
		{repeat: optional, kinds: []Kind{Value}},
	}},
	"zpopmin": {Name: "zpopmin", Text: []byte("zpopmin"), Access: proxylib.Write, Categories: []string{"fast", "sortedset", "write"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Key}},
		{repeat: optional, kinds: []Kind{Value}},
	}},
	"zrandmember": {Name: "zrandmember", Text: []byte("zrandmember"), Access: proxylib.Read, Categories: []string{"read", "slow", "sortedset"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Key}},
		{repeat: optional, kinds: []Kind{Value}},
		{repeat: options, options: []option{
			{name: "withscores"},
		}},
	}},
	"zrange": {Name: "zrange", Text: []byte("zrange"), Access: proxylib.Read, Categories: []string{"read", "slow", "sortedset"}, least: 3, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 2},
		{repeat: once, kinds: []Kind{Value}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
		{repeat: options, options: []option{
			{name: "byscore"},
			{name: "bylex"},
			{name: "rev"},
			{name: "limit", kinds: []Kind{Value, Value}, form: fixed},
			{name: "withscores"},
		}},
	}},
	"zrangebylex": {Name: "zrangebylex", Text: []byte("zrangebylex"), Access: proxylib.Read, Categories: []string{"read", "slow", "sortedset"}, least: 3, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 2},
		{repeat: once, kinds: []Kind{Value}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
		{repeat: options, options: []option{
			{name: "limit", kinds: []Kind{Value, Value}, form: fixed},
		}},
	}},
	"zrangebyscore": {Name: "zrangebyscore", Text: []byte("zrangebyscore"), Access: proxylib.Read, Categories: []string{"read", "slow", "sortedset"}, least: 3, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 2},
		{repeat: once, kinds: []Kind{Value}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
		{repeat: options, options: []option{
			{name: "withscores"},
			{name: "limit", kinds: []Kind{Value, Value}, form: fixed},
		}},
	}},
	"zrangestore": {Name: "zrangestore", Text: []byte("zrangestore"), Access: proxylib.Write, Categories: []string{"slow", "sortedset", "write"}, least: 4, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 3},
		{repeat: once, kinds: []Kind{Key}, after: 2},
		{repeat: once, kinds: []Kind{Value}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
		{repeat: options, options: []option{
			{name: "byscore"},
			{name: "bylex"},
			{name: "rev"},
			{name: "limit", kinds: []Kind{Value, Value}, form: fixed},
		}},
	}},
	"zrank": {Name: "zrank", Text: []byte("zrank"), Access: proxylib.Read, Categories: []string{"fast", "read", "sortedset"}, least: 2, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
		{repeat: options, options: []option{
			{name: "withscore"},
		}},
	}},
	"zrem": {Name: "zrem", Text: []byte("zrem"), Access: proxylib.Write, Categories: []string{"fast", "sortedset", "write"}, least: 2, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 1},
		{repeat: rest, kinds: []Kind{Value}},
	}},
	"zremrangebylex": {Name: "zremrangebylex", Text: []byte("zremrangebylex"), Access: proxylib.Write, Categories: []string{"slow", "sortedset", "write"}, least: 3, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 2},
		{repeat: once, kinds: []Kind{Value}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
	}},
	"zremrangebyrank": {Name: "zremrangebyrank", Text: []byte("zremrangebyrank"), Access: proxylib.Write, Categories: []string{"slow", "sortedset", "write"}, least: 3, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 2},
		{repeat: once, kinds: []Kind{Value}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
	}},
	"zremrangebyscore": {Name: "zremrangebyscore", Text: []byte("zremrangebyscore"), Access: proxylib.Write, Categories: []string{"slow", "sortedset", "write"}, least: 3, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 2},
		{repeat: once, kinds: []Kind{Value}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
	}},
	"zrevrange": {Name: "zrevrange", Text: []byte("zrevrange"), Access: proxylib.Read, Categories: []string{"read", "slow", "sortedset"}, least: 3, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 2},
		{repeat: once, kinds: []Kind{Value}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
		{repeat: options, options: []option{
			{name: "withscores"},
		}},
	}},
	"zrevrangebylex": {Name: "zrevrangebylex", Text: []byte("zrevrangebylex"), Access: proxylib.Read, Categories: []string{"read", "slow", "sortedset"}, least: 3, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 2},
		{repeat: once, kinds: []Kind{Value}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
		{repeat: options, options: []option{
			{name: "limit", kinds: []Kind{Value, Value}, form: fixed},
		}},
	}},
	"zrevrangebyscore": {Name: "zrevrangebyscore", Text: []byte("zrevrangebyscore"), Access: proxylib.Read, Categories: []string{"read", "slow", "sortedset"}, least: 3, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 2},
		{repeat: once, kinds: []Kind{Value}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
		{repeat: options, options: []option{
			{name: "withscores"},
			{name: "limit", kinds: []Kind{Value, Value}, form: fixed},
		}},
	}},
	"zrevrank": {Name: "zrevrank", Text: []byte("zrevrank"), Access: proxylib.Read, Categories: []string{"fast", "read", "sortedset"}, least: 2, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
		{repeat: options, options: []option{
			{name: "withscore"},
		}},
	}},
	"zscan": {Name: "zscan", Text: []byte("zscan"), Access: proxylib.Read, Categories: []string{"read", "slow", "sortedset"}, least: 2, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
		{repeat: options, options: []option{
			{name: "match", kinds: []Kind{Value}, form: fixed},
			{name: "count", kinds: []Kind{Value}, form: fixed},
			{name: "noscores"},
		}},
	}},
	"zscore": {Name: "zscore", Text: []byte("zscore"), Access: proxylib.Read, Categories: []string{"fast", "read", "sortedset"}, least: 2, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 1},
		{repeat: once, kinds: []Kind{Value}},
	}},
	"zunion": {Name: "zunion", Text: []byte("zunion"), Access: proxylib.Read, Categories: []string{"read", "slow", "sortedset"}, least: 1, items: []item{
		{repeat: once, kinds: []Kind{Number}},
		{repeat: counted, kinds: []Kind{Key}},
		{repeat: options, options: []option{
			{name: "weights", kinds: []Kind{Value}, form: same},
			{name: "aggregate", kinds: []Kind{Value}, form: fixed},
			{name: "withscores"},
		}},
	}},
	"zunionstore": {Name: "zunionstore", Text: []byte("zunionstore"), Access: proxylib.Write, Categories: []string{"slow", "sortedset", "write"}, least: 2, items: []item{
		{repeat: once, kinds: []Kind{Key}, after: 1},
		{repeat: once, kinds: []Kind{Number}},
		{repeat: counted, kinds: []Kind{Key}},
		{repeat: options, options: []option{
			{name: "weights", kinds: []Kind{Value}, form: same},
			{name: "aggregate", kinds: []Kind{Value}, form: fixed},
		}},
	}},
}

// containers are the commands that have subcommands.
var containers = map[string]bool{
	"acl":        true,
	"client":     true,
	"cluster":    true,
	"command":    true,
	"commandlog": true,
	"config":     true,
	"function":   true,
	"latency":    true,
	"memory":     true,
	"module":     true,
	"object":     true,
	"pubsub":     true,
	"script":     true,
	"slowlog":    true,
	"xgroup":     true,
	"xinfo":      true,
}
