//go:build wasip1

package wasm

// proxyABIVersion says by its presence which version of the interface the module speaks.
//
//go:wasmexport proxy_abi_version_0_2_1
func proxyABIVersion() {}

// A plugin is configured once and is then in force for the connections that are made with it. Envoy makes another one for
// another configuration.

//go:wasmexport proxy_on_context_create
func proxyOnContextCreate(id, parent uint32) {
	defer recovered("context", nil)
	if parent == 0 {
		plugins[id] = &plugin{id: id}
		return
	}
	if p := plugins[parent]; p != nil {
		streams[id] = &stream{plugin: p, id: id}
	}
}

// Results of exports that report whether all is well, and whether a context is finished.
const (
	no  = 0
	yes = 1
)

//go:wasmexport proxy_on_vm_start
func proxyOnVMStart(_, _ uint32) uint32 { return yes }

//go:wasmexport proxy_on_configure
func proxyOnConfigure(id, size uint32) (accepted uint32) {
	defer recovered("configuration refused", func() { accepted = no })
	p := plugins[id]
	config, ok := buffer(bufferConfiguration, size)
	if p == nil || !ok {
		logError("configuration refused: it cannot be read")
		return no
	}
	if err := p.configure(append([]byte(nil), config...)); err != nil {
		p.leaveSource()
		logError("configuration refused: " + err.Error())
		return no
	}
	return yes
}

//go:wasmexport proxy_on_tick
func proxyOnTick(id uint32) {
	defer recovered("tick", nil)
	if p := plugins[id]; p != nil {
		p.tick()
	}
}

//go:wasmexport proxy_on_new_connection
func proxyOnNewConnection(uint32) uint32 { return actionContinue }

//go:wasmexport proxy_on_downstream_data
func proxyOnDownstreamData(id, size, end uint32) uint32 {
	return onData(id, false, size, end != 0)
}

//go:wasmexport proxy_on_upstream_data
func proxyOnUpstreamData(id, size, end uint32) uint32 {
	return onData(id, true, size, end != 0)
}

// onData always returns that Envoy goes on: what waits is taken out of the buffer.
func onData(id uint32, reply bool, size uint32, end bool) uint32 {
	s := streamOf(id)
	if s == nil || s.plugin.instance == nil {
		failClosed(nil, reply, size)
		return actionContinue
	}
	defer recovered("connection closed", func() {
		failClosed(s, reply, size)
		s.plugin.logged(id)
	})
	opened := s.engine != nil
	s.data(reply, size, end)
	s.plugin.logged(id)
	s.plugin.metrics.reportAfter(s.plugin.instance, opened && !s.refused)
	return actionContinue
}

// failClosed drops the bytes of a connection and closes it.
func failClosed(s *stream, reply bool, size uint32) {
	kind := uint32(bufferDownstream)
	if reply {
		kind = bufferUpstream
	}
	if size > 0 {
		replace(kind, size, nil)
	}
	if s != nil {
		s.refused = true
	}
	proxyCloseStream(streamDownstream)
}

//go:wasmexport proxy_on_done
func proxyOnDone(id uint32) uint32 {
	defer recovered("end", nil)
	if p := plugins[id]; p != nil {
		p.end()
	}
	return yes
}

// proxyOnLog is where Envoy's access log can be given the totals of a connection.
//
//go:wasmexport proxy_on_log
func proxyOnLog(id uint32) {
	defer recovered("log", nil)
	if s := streams[id]; s != nil && s.engine != nil {
		s.publish()
	}
}

//go:wasmexport proxy_on_delete
func proxyOnDelete(id uint32) {
	defer recovered("end of a connection", nil)
	if s := streams[id]; s != nil {
		delete(streams, id)
		recent[id%uint32(len(recent))] = nil
		s.close()
		return
	}
	if p := plugins[id]; p != nil {
		delete(plugins, id)
		p.end()
		p.leaveSource()
	}
}
