package proxylib

import "github.com/proxylib/proxylib/api/cilium"

// Follow has the access log wait for the reply that is owed last: the entry of the request that was logged last then also says
// how the request ended. A description that stands for the replies to several requests follows each of them. Without Follow
// the entry is written at once.
func (q *ReplyQueue[T]) Follow(c *Connection) {
	q.connection = c
	if q.Last() != nil && c.follow() != nil {
		q.slots.back().followed++
	}
}

// Unfollow ends what Follow has begun last for the reply that is owed last, for a request that was not passed as a whole after all.
func (q *ReplyQueue[T]) Unfollow() {
	if q.Last() != nil && q.slots.back().followed > 0 {
		q.slots.back().followed--
		q.connection.endWithout(q.connection.exchanges.last, cilium.ReplyStatus_NoReply)
	}
}

// LogReply logs what the parser has extracted from the reply at the head, before it ends: status is what it reports. Fields
// before [L7Entry.Reply] repeat those of the request; they are for readers that get replies in entries of their own. l7 is
// not kept.
func (q *ReplyQueue[T]) LogReply(c *Connection, status ReplyStatus, l7 *L7Entry) {
	c.logReply(q.exchange(), status, l7)
}

// exchange returns the one of the reply at the head, or nil.
func (q *ReplyQueue[T]) exchange() *exchange {
	if q.Head() == nil || q.slots.front().followed == 0 {
		return nil
	}
	return q.connection.exchanges.first
}

// EndOne ends the reply to the first of the requests that the description at the head stands for, which remains for the others.
// It ends with the operation that the parser returns next.
func (q *ReplyQueue[T]) EndOne() {
	x := q.exchange()
	if x != nil {
		q.slots.front().followed--
	}
	if q.connection != nil {
		q.connection.endReply(x)
	}
}

// Skip removes the description at the head from the queue, as the server has sent no reply and will send none.
func (q *ReplyQueue[T]) Skip() {
	if q.Head() == nil {
		panic("proxylib: no reply at the head of the queue")
	}
	q.remove()
}

// skip ends the exchanges of the head without a reply.
func (q *ReplyQueue[T]) skip() {
	for x := q.exchange(); x != nil; x = q.exchange() {
		q.slots.front().followed--
		q.connection.endWithout(x, cilium.ReplyStatus_Silent)
	}
}

// Follow has the access log wait for the reply to the request with a tag, which was logged last; see [ReplyQueue.Follow].
func (f *InFlight[K, T]) Follow(c *Connection, tag K) {
	if f.exchanges == nil && c.exchanges.opened != nil {
		f.connection, f.exchanges = c, make([]*exchange, len(f.entries))
	}
	if i := f.find(tag); i != 0 && f.exchanges != nil {
		f.exchanges[i] = c.follow()
	}
}

// LogReply logs what the parser has extracted from the reply to the request with a tag, before that is removed; see
// [ReplyQueue.LogReply].
func (f *InFlight[K, T]) LogReply(c *Connection, tag K, status ReplyStatus, l7 *L7Entry) {
	var x *exchange
	if f.exchanges != nil {
		x = f.exchanges[f.find(tag)]
	}
	c.logReply(x, status, l7)
}
