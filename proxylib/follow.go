package proxylib

import "github.com/proxylib/proxylib/api/cilium"

// Follow has the access log wait for the reply that is owed last: the entry of the request that was logged last then also says
// how the request ended. A description that stands for the replies to several requests follows each of them. Without Follow
// the entry is written at once.
func (q *ReplyQueue[T]) Follow(c *Connection) {
	q.connection = c
	if q.Last() == nil || q.slots.back().loose {
		return
	}
	s, f := q.slots.back(), c.follow()
	if f.exchange == nil && f.request != 0 {
		f.request = c.numbers.push(f.request, &s.gap, s.followed == 0)
	}
	// Replies come in the order of the requests. After one that is not followed it is not known which of the others they are for.
	if s.loose = f.request == 0; !s.loose {
		s.followed++
	}
}

// Unfollow ends what Follow has begun last for the reply that is owed last, for a request that was not passed as a whole after all.
func (q *ReplyQueue[T]) Unfollow() {
	if q.Last() == nil || q.slots.back().followed == 0 {
		return
	}
	s, c := q.slots.back(), q.connection
	if s.followed--; c.exchanges == nil {
		c.numbers.unpush(s.gap, s.followed == 0)
		return
	}
	c.endWithout(c.exchanges.last, cilium.ReplyStatus_NoReply)
}

// LogReply logs what the parser has extracted from the reply at the head, before it ends: status is what it reports. Fields
// before [L7Entry.Reply] repeat those of the request; they are for readers that get replies in entries of their own. l7 is
// not kept.
func (q *ReplyQueue[T]) LogReply(c *Connection, status ReplyStatus, l7 *L7Entry) {
	c.logReply(q.follows(), status, l7)
}

// follows returns the request that the reply at the head is for, if it is followed.
func (q *ReplyQueue[T]) follows() followed {
	if q.Head() == nil || q.slots.front().followed == 0 {
		return followed{}
	}
	if e := q.connection.exchanges; e != nil {
		return followed{e.first.request, e.first}
	}
	return followed{request: q.connection.numbers.front(q.slots.front().gap)}
}

// EndOne ends the reply to the first of the requests that the description at the head stands for, which remains for the others.
// It ends with the operation that the parser returns next.
func (q *ReplyQueue[T]) EndOne() {
	f := q.follows()
	if f.request != 0 {
		q.unfollowFront(f)
	}
	if q.connection != nil {
		q.connection.endReply(f.exchange)
	}
}

// unfollowFront takes the request at the front out of those that are followed.
func (q *ReplyQueue[T]) unfollowFront(f followed) {
	s := q.slots.front()
	if s.followed--; f.exchange == nil {
		q.connection.numbers.pop(&s.gap)
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
	for f := q.follows(); f.request != 0; f = q.follows() {
		if q.unfollowFront(f); f.exchange != nil {
			q.connection.endWithout(f.exchange, cilium.ReplyStatus_Silent)
		}
	}
}

// Follow has the access log wait for the reply to the request with a tag, which was logged last; see [ReplyQueue.Follow].
func (f *InFlight[K, T]) Follow(c *Connection, tag K) {
	if f.followed == nil && c.unsettled() {
		f.connection, f.followed = c, make([]followed, len(f.entries))
	}
	if i := f.find(tag); i != 0 && f.followed != nil {
		f.followed[i] = c.follow()
	}
}

// LogReply logs what the parser has extracted from the reply to the request with a tag, before that is removed; see
// [ReplyQueue.LogReply].
func (f *InFlight[K, T]) LogReply(c *Connection, tag K, status ReplyStatus, l7 *L7Entry) {
	var of followed
	if f.followed != nil {
		of = f.followed[f.find(tag)]
	}
	c.logReply(of, status, l7)
}
