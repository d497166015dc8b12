package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	"github.com/proxylib/proxylib/httpfilter"
)

func init() { httpfilter.Register("test.trial", configure) }

// open is the number of handlers whose streams have not ended, waiting that of functions that have not returned.
var open, waiting atomic.Int64

// settings are the filter_config. Body is one of none, streamed, rewritten and whole.
type settings struct {
	Body    string `json:"body"`
	Limit   int    `json:"limit"`
	Timeout string `json:"timeout"`
}

func configure(c *httpfilter.Config) (*httpfilter.Filter, error) {
	s := settings{Body: "none", Limit: 1 << 20, Timeout: "15s"}
	if err := c.Decode(&s); err != nil {
		return nil, err
	}
	body, known := map[string]httpfilter.Body{
		"none": httpfilter.NoBody(), "streamed": httpfilter.Streamed(), "rewritten": httpfilter.Rewritten(), "whole": httpfilter.Whole(s.Limit),
	}[s.Body]
	if !known {
		return nil, errors.New("body: give none, streamed, rewritten or whole")
	}
	timeout, err := time.ParseDuration(s.Timeout)
	if err != nil {
		return nil, err
	}
	return &httpfilter.Filter{
		RequestBody: body, ResponseBody: body, Timeout: timeout,
		New: func(*httpfilter.Stream) httpfilter.Handler {
			open.Add(1)
			return &handler{body: s.Body}
		},
	}, nil
}

// handler does what the header x-do says: words for the request, and with "response-" before them for the response.
type handler struct {
	body string
	do   string
}

func (h *handler) OnRequest(r *httpfilter.Request) httpfilter.Action {
	h.do = r.Headers.Get("x-do")
	if r.Path() == "/heap" {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return httpfilter.Deny(200, fmt.Sprint(m.HeapAlloc), "heap")
	}
	if r.Path() == "/state" {
		return httpfilter.Deny(200, fmt.Sprintf("open %d waiting %d goroutines %d\n", open.Load()-1, waiting.Load(), runtime.NumGoroutine()), "state")
	}
	return h.act(r, h.do, r.Body)
}

func (h *handler) act(pinner interface{ Pin() *httpfilter.Pin }, do string, body []byte) httpfilter.Action {
	var edits []httpfilter.Edit
	if h.body == "whole" && body != nil {
		edits = append(edits, httpfilter.ReplaceBody(bytes.ToUpper(append(body, " and more"...))))
	}
	if word, tag, _ := strings.Cut(do, " "); word == "tag" {
		edits = append(edits, httpfilter.Tag("trial", tag))
	}
	proceed := httpfilter.Continue(edits...)
	switch word, rest, _ := strings.Cut(do, " "); word {
	case "deny":
		return httpfilter.Deny(418, "denied\n", "trial denied", httpfilter.Header{Name: "x-denied", Value: "yes"})
	case "panic":
		panic("a defect")
	case "nothing":
		return httpfilter.Action{}
	case "frame":
		return httpfilter.Continue(httpfilter.SetHeader("content-length", "1"))
	case "wait":
		return httpfilter.Wait(func(ctx context.Context) httpfilter.Action {
			waiting.Add(1)
			defer waiting.Add(-1)
			if d, _ := time.ParseDuration(rest); d > 0 {
				select {
				case <-time.After(d):
				case <-ctx.Done():
				}
			}
			return proceed
		})
	case "wait-span":
		return httpfilter.Wait(func(context.Context) httpfilter.Action { return proceed }).Span(rest)
	case "wait-panic":
		return httpfilter.Wait(func(context.Context) httpfilter.Action { panic("a defect") })
	case "wait-deny":
		return httpfilter.Wait(func(context.Context) httpfilter.Action { return httpfilter.Deny(403, "no\n", "") })
	case "abandon":
		pin := pinner.Pin()
		go pin.Unpin()
		return httpfilter.Pause()
	case "pin":
		pin := pinner.Pin()
		go func() {
			pin.Post(func() { h.do += " posted" })
			pin.Post(func() {
				defer pin.Unpin()
				pin.Resume(httpfilter.Continue(append(edits, httpfilter.SetHeader("x-done", h.do))...))
			})
		}()
		return httpfilter.Pause()
	case "path":
		return httpfilter.Continue(httpfilter.SetPath(rest), httpfilter.SetMethod("PUT"), httpfilter.SetAuthority("other.example"), httpfilter.Reroute())
	}
	return proceed
}

func (h *handler) piece(c *httpfilter.Chunk, do string) httpfilter.Action {
	if h.body != "rewritten" {
		return h.act(c, do, nil)
	}
	edit := httpfilter.ReplaceBody(bytes.ReplaceAll(c.Data, []byte("a"), []byte("bc")))
	if do != "piece-wait" {
		return httpfilter.Continue(edit)
	}
	return httpfilter.Wait(func(context.Context) httpfilter.Action {
		time.Sleep(time.Millisecond)
		return httpfilter.Continue(edit)
	})
}

func (h *handler) OnRequestBody(c *httpfilter.Chunk) httpfilter.Action {
	do, _ := strings.CutPrefix(h.do, "body-")
	if do == h.do && do != "piece-wait" {
		do = ""
	}
	return h.piece(c, do)
}

func (h *handler) OnRequestTrailers(t *httpfilter.Trailers) httpfilter.Action {
	return httpfilter.Continue(httpfilter.SetHeader("x-trailer", t.Headers.Get("x-trailer")+" seen"))
}

func (h *handler) OnResponse(r *httpfilter.Response) httpfilter.Action {
	do, _ := strings.CutPrefix(h.do, "response-")
	if do == h.do {
		do = ""
	}
	a := h.act(r, do, r.Body)
	return a
}

func (h *handler) OnResponseBody(c *httpfilter.Chunk) httpfilter.Action {
	do := ""
	if h.do == "response-piece-wait" {
		do = "piece-wait"
	}
	return h.piece(c, do)
}

func (h *handler) OnResponseTrailers(*httpfilter.Trailers) httpfilter.Action {
	return httpfilter.Continue()
}

func (h *handler) OnComplete(*httpfilter.Summary) { open.Add(-1) }
