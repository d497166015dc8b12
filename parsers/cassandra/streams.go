package cassandra

// keptStreams is the number of streams for which an idle connection keeps room.
const keptStreams = 1024

// inflight is a request that was forwarded and that the server has not answered.
type inflight struct {
	// learn is what a PREPARE is of.
	learn *prepared
	// epoch is that of the keyspace when the request came.
	epoch  uint32
	opcode opcode
	// action is the first one of the request; use tells that the answer may change the keyspace.
	action action
	use    bool
	// unqualified: what the request touches depends on the keyspace of the connection.
	unqualified bool
}

// streams are the requests in flight by stream, of which there are 32,768 at most. Answers come in any order.
type streams struct {
	byID map[uint16]inflight
	peak int
}

func (s *streams) taken(stream uint16) bool {
	_, taken := s.byID[stream]
	return taken
}

func (s *streams) put(stream uint16, request inflight) {
	if s.byID == nil {
		s.byID = map[uint16]inflight{}
	}
	s.byID[stream] = request
	s.peak = max(s.peak, len(s.byID))
}

func (s *streams) remove(stream uint16) {
	delete(s.byID, stream)
	if len(s.byID) == 0 && s.peak > keptStreams {
		*s = streams{}
	}
}

// forwarded notes a request that is passed to the server.
func (p *parser) forwarded(stream uint16, request inflight) {
	request.epoch = p.epoch
	p.streams.put(stream, request)
	if request.unqualified {
		p.unqualified++
	}
	if request.learn != nil {
		p.learning += request.learn.cost()
	}
}

// answered forgets a request that the server has answered.
func (p *parser) answered(stream uint16, request inflight) {
	p.streams.remove(stream)
	if request.unqualified {
		p.unqualified--
	}
	if request.learn != nil {
		p.learning -= request.learn.cost()
	}
	if request.use {
		p.switching = nil
	}
}
