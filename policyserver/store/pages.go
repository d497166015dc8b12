package store

import (
	"bytes"
	"encoding/binary"
	"hash/fnv"
	"io"
	"slices"
)

// The form of the file is that of bbolt: pages of equal size in the byte order of the machine, of which the first two
// are roots that are written in turn. The library trusts it, and reads it as memory, so that a file that was cut or changed
// would end the process. Therefore all of it is checked before.

// Sizes and places in bytes.
const (
	metaSize       = 64
	metaSummed     = 56
	pageHeaderSize = 16
	elementSize    = 16
	bucketSize     = 16
	minPageSize    = 1 << 10
	maxPageSize    = 1 << 24
)

const (
	metaMagic   = 0xED0CDAED
	metaVersion = 2
)

// Kinds of pages.
const (
	branchPage   = 0x01
	leafPage     = 0x02
	freelistPage = 0x10
)

// firstPage is the first page that is not a root.
const firstPage = 2

// manyFree is the count of a list of free pages whose first entry is the count.
const manyFree = 0xFFFF

// bucketElement marks an element of a leaf that is a bucket.
const bucketElement = 0x01

// maxDepth is a depth that no tree of pages reaches.
const maxDepth = 64

var order = binary.NativeEndian

// meta is a root.
type meta struct {
	pageSize             uint32
	root, free, pages, n uint64
}

// checkPages returns an error unless every page of a file of the size is as the library needs it, and the file holds the
// buckets of a state, and no other. The items themselves are not checked.
func checkPages(file io.ReaderAt, size int64) error {
	first, err := readMeta(file, 0)
	if err != nil {
		return err
	}
	second, err := readMeta(file, int64(first.pageSize))
	if err != nil {
		return err
	}
	newest := first
	if second.n > first.n {
		newest = second
	}
	if first.n+1 != second.n && second.n+1 != first.n || first.pageSize != second.pageSize {
		return damaged("its two roots do not belong together")
	}
	if newest.pages > uint64(size)/uint64(newest.pageSize) {
		return damaged("it has %d bytes and needs %d", size, newest.pages*uint64(newest.pageSize))
	}
	c := &checker{file: file, meta: newest, used: map[uint64]bool{}}
	if err := c.buckets(); err != nil {
		return err
	}
	return c.freePages()
}

func readMeta(file io.ReaderAt, at int64) (meta, error) {
	text := make([]byte, metaSize)
	if _, err := file.ReadAt(text, at+pageHeaderSize); err != nil {
		return meta{}, damaged("it ends within its roots")
	}
	sum := fnv.New64a()
	sum.Write(text[:metaSummed])
	m := meta{
		pageSize: order.Uint32(text[8:]), root: order.Uint64(text[16:]), free: order.Uint64(text[32:]),
		pages: order.Uint64(text[40:]), n: order.Uint64(text[48:]),
	}
	switch {
	case order.Uint32(text) != metaMagic || order.Uint32(text[4:]) != metaVersion:
		return m, damaged("a root does not begin as that of a state file")
	case order.Uint64(text[metaSummed:]) != sum.Sum64():
		return m, damaged("a root has another checksum than it says")
	case m.pageSize < minPageSize || m.pageSize > maxPageSize || m.pageSize&(m.pageSize-1) != 0:
		return m, damaged("its pages have %d bytes", m.pageSize)
	}
	return m, nil
}

// checker visits the pages of a file.
type checker struct {
	file io.ReaderAt
	meta meta
	// used are the pages that were visited.
	used map[uint64]bool
}

// page reads a page with those that continue it, none of which may have been visited before.
func (c *checker) page(id uint64) (page, error) {
	header := make([]byte, pageHeaderSize)
	if id < firstPage || id >= c.meta.pages {
		return page{}, damaged("page %d is out of bounds", id)
	}
	at := int64(id) * int64(c.meta.pageSize)
	if _, err := c.file.ReadAt(header, at); err != nil {
		return page{}, damaged("page %d cannot be read: %v", id, err)
	}
	more := uint64(order.Uint32(header[12:]))
	if order.Uint64(header) != id || more >= c.meta.pages-id {
		return page{}, damaged("page %d has a wrong header", id)
	}
	for i := id; i <= id+more; i++ {
		if c.used[i] {
			return page{}, damaged("page %d is in use twice", i)
		}
		c.used[i] = true
	}
	text := make([]byte, (1+more)*uint64(c.meta.pageSize))
	if _, err := c.file.ReadAt(text, at); err != nil {
		return page{}, damaged("page %d cannot be read: %v", id, err)
	}
	return page{id, text}, nil
}

// buckets checks the bucket that holds the others, and those.
func (c *checker) buckets() error {
	var found []string
	err := c.tree(c.meta.root, 0, bounds{}, func(flags uint32, name, value []byte) error {
		found = append(found, string(name))
		if flags != bucketElement || len(value) < bucketSize {
			return damaged("it holds %.100q, which is not a bucket", name)
		}
		root := order.Uint64(value)
		if root != 0 {
			return c.tree(root, 0, bounds{}, item)
		}
		// A bucket that is small is within its element, as a page of its own.
		return page{0, value[bucketSize:]}.leaf(bounds{}, item)
	})
	if err != nil {
		return err
	}
	for _, name := range buckets {
		if !slices.Contains(found, string(name)) {
			return damaged("the bucket %s is missing", name)
		}
	}
	if len(found) != len(buckets) {
		return damaged("it holds other buckets than a state")
	}
	return nil
}

// item checks an element of a bucket, which is an item.
func item(flags uint32, key, _ []byte) error {
	if flags != 0 || len(key) == 0 {
		return damaged("it holds %.100q, which is not an item", key)
	}
	return nil
}

// bounds are those of keys: from the first, which is included, to the other, which is not; nil is none.
type bounds struct{ from, to []byte }

func (b bounds) check(key, before []byte) bool {
	return (b.from == nil || bytes.Compare(key, b.from) >= 0) && (b.to == nil || bytes.Compare(key, b.to) < 0) &&
		(before == nil || bytes.Compare(key, before) > 0)
}

// tree checks the pages of a tree and calls a function for each element of a leaf.
func (c *checker) tree(id uint64, depth int, within bounds, element func(flags uint32, key, value []byte) error) error {
	p, err := c.page(id)
	if err != nil {
		return err
	}
	switch {
	case depth > maxDepth:
		return damaged("page %d is too deep", id)
	case p.kind() == leafPage:
		return p.leaf(within, element)
	case p.kind() != branchPage || p.count() == 0:
		return damaged("page %d is of a wrong kind", id)
	}
	keys, children := make([][]byte, p.count()), make([]uint64, p.count())
	for i := range keys {
		text, place := p.element(i)
		if place == nil {
			return damaged("page %d is damaged", id)
		}
		at, size := uint64(order.Uint32(text)), uint64(order.Uint32(text[4:]))
		if at+size > uint64(len(place)) {
			return damaged("page %d is damaged", id)
		}
		keys[i], children[i] = place[at:at+size], order.Uint64(text[8:])
		if i > 0 && !within.check(keys[i], keys[i-1]) || i == 0 && !within.check(keys[i], nil) {
			return damaged("page %d has keys in a wrong order", id)
		}
	}
	for i, child := range children {
		inner := bounds{keys[i], within.to}
		if i+1 < len(keys) {
			inner.to = keys[i+1]
		}
		if err := c.tree(child, depth+1, inner, element); err != nil {
			return err
		}
	}
	return nil
}

// freePages checks the list of free pages.
func (c *checker) freePages() error {
	p, err := c.page(c.meta.free)
	if err != nil {
		return err
	}
	if p.kind() != freelistPage {
		return damaged("page %d is of a wrong kind", p.id)
	}
	list := p.text[pageHeaderSize:]
	count := uint64(p.count())
	if count == manyFree {
		count, list = order.Uint64(list), list[8:]
	}
	if count > uint64(len(list)/8) {
		return damaged("page %d is damaged", p.id)
	}
	before := uint64(firstPage - 1)
	for i := range count {
		id := order.Uint64(list[8*i:])
		if id <= before || id >= c.meta.pages || c.used[id] {
			return damaged("page %d is free and is not", id)
		}
		before = id
	}
	return nil
}

// page is a page with those that continue it, or one within an element.
type page struct {
	id   uint64
	text []byte
}

func (p page) kind() uint16 { return order.Uint16(p.text[8:]) }
func (p page) count() int   { return int(order.Uint16(p.text[10:])) }

// element returns an element, and the bytes from its beginning to the end of the page, which it refers to; nil where
// there are none.
func (p page) element(i int) (text, place []byte) {
	at := pageHeaderSize + i*elementSize
	if at+elementSize > len(p.text) {
		return nil, nil
	}
	return p.text[at : at+elementSize], p.text[at:]
}

// leaf checks a leaf and calls a function for each element.
func (p page) leaf(within bounds, element func(flags uint32, key, value []byte) error) error {
	if len(p.text) < pageHeaderSize || p.kind() != leafPage {
		return damaged("page %d is of a wrong kind", p.id)
	}
	var before []byte
	for i := range p.count() {
		text, place := p.element(i)
		if place == nil {
			return damaged("page %d is damaged", p.id)
		}
		at, size := uint64(order.Uint32(text[4:])), uint64(order.Uint32(text[8:]))
		valueSize := uint64(order.Uint32(text[12:]))
		if at+size+valueSize > uint64(len(place)) {
			return damaged("page %d is damaged", p.id)
		}
		key, value := place[at:at+size], place[at+size:at+size+valueSize]
		if !within.check(key, before) {
			return damaged("page %d has keys in a wrong order", p.id)
		}
		if err := element(order.Uint32(text), key, value); err != nil {
			return err
		}
		before = key
	}
	return nil
}
