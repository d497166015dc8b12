package memcache

import (
	"github.com/proxylib/proxylib/proxylib"
)

// reads are operations that change nothing: those of the group readonly, and logins.
const reads = readonly | opSaslList | opSaslAuth | opSaslStep

// accessOf returns what operations do, which is the most that one of them does.
func accessOf(a operations) proxylib.Access {
	switch {
	case a == 0 || a&admin != 0:
		return proxylib.Admin
	case a&^reads != 0:
		return proxylib.Write
	}
	return proxylib.Read
}

// AccessClass implements [proxylib.Classified].
func (r *request) AccessClass() proxylib.Access {
	if r.login {
		return proxylib.Read
	}
	return accessOf(r.operations)
}

// metaByFlags are the names of meta commands whose operations depend on their flags.
const metaByFlags = opMetaGet | opMetaSet | opMetaDelete | opMetaArithmetic

// accessDocs documents, by the names of commands, what is read, write and admin.
func accessDocs() []proxylib.AccessDoc {
	var words []string
	for bit, name := range operationNames {
		if a := operations(1) << bit; a&metaByFlags == 0 {
			words = append(words, string(name))
		}
	}
	docs := proxylib.ListAccess(words, func(word string) proxylib.Access { return accessOf(names[word].operations) })
	docs[0].Doc += "; `mg` without the flags `E`, `N` and `T`"
	docs[1].Doc += "; `mg` with one of these flags; `ms`, `md`, `ma`"
	return docs
}
