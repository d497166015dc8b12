package cassandra

// The kinds of an entry of a BATCH.
const (
	entryText = 0
	entryID   = 1
)

// maxBatchType is the highest type of a BATCH: logged, unlogged, counter.
const maxBatchType = 2

// onBatch judges a BATCH, of which every statement has to be allowed.
func (p *parser) onBatch(h *header, body []byte) (verdict, error) {
	c := cursor{rest: body}
	r := request{header: *h}
	p.statement.reset()
	p.touches.reset()
	if c.byte() > maxBatchType {
		c.refuse()
	}
	r.entries = int(c.uint16())
	refused, missing := "", []byte(nil)
	for n := r.entries; n > 0 && c.ok(); n-- {
		reason, id := p.onEntry(&c)
		if refused == "" {
			refused = reason
		}
		if missing == nil {
			missing = id
		}
	}
	err := r.params.head(&c, h.version, batchFlags)
	if c.ok() && err == nil {
		r.params.tail(&c)
	}
	switch {
	case c.ok() && err != nil:
		return verdictDrop, err
	case !c.ok() || len(c.rest) > 0:
		return verdictDrop, errMalformed
	case refused != "":
		return p.impossible(h, refused)
	case missing != nil:
		return p.unknown(h, missing)
	}
	return p.decideBatch(&r)
}

// onEntry reads an entry and notes what it touches. It returns why the batch has to be refused, or the id of a
// statement that is not known.
func (p *parser) onEntry(c *cursor) (reason string, missing []byte) {
	kind := c.byte()
	var text []byte
	switch kind {
	case entryText:
		text = c.longString()
	case entryID:
		text = c.string()
		if len(text) > maxID {
			c.refuse()
		}
	default:
		c.refuse()
	}
	c.values(false)
	if !c.ok() {
		return "", nil
	}
	if kind == entryText {
		if err := p.statement.classify(text); err != nil {
			return err.Error(), nil
		}
		return "", nil
	}
	known := p.lookup(text)
	switch {
	case known == nil:
		return "", append([]byte{}, text...)
	case known.doubtful:
		return reasonDoubtful, nil
	}
	for _, t := range known.touches {
		if !p.touches.merge(t) {
			return reasonObjects, nil
		}
	}
	return "", nil
}

// decideBatch decides on a batch whose statements have been read.
func (p *parser) decideBatch(r *request) (verdict, error) {
	if reason := p.resolve(r); reason != "" {
		return p.impossible(&r.header, reason)
	}
	p.asked = p.touches.list
	for i := range p.asked {
		if a := p.asked[i].action; a != actionInsert && a != actionUpdate && a != actionDelete {
			return p.reject(r, reasonBatch, reasonBatch)
		}
	}
	return p.decide(r, inflight{unqualified: p.statement.unqualified() && !r.hasKeyspace()})
}
