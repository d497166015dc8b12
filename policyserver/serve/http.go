package serve

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log"
	"net/http"
	"strings"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/proxylib/proxylib/policyserver"
	"github.com/proxylib/proxylib/policyserver/listen"
	"github.com/proxylib/proxylib/policyserver/rest"
)

const (
	// drain is the time that requests have to end by themselves when the server stops.
	drain = 5 * time.Second
	// maxHeader is the size, in bytes, of the largest header of a request.
	maxHeader = 64 << 10
	// headerTime, requestTime, answerTime and idleTime are how long a client may take for the header, for the whole of a
	// request, to read the response, and until its next request.
	headerTime, requestTime, answerTime, idleTime = 10 * time.Second, time.Minute, time.Minute, 2 * time.Minute
)

func serveHTTP(config *Config, s *policyserver.Server, l *listen.Listener, door *listen.Door, failed chan<- error) (stop func()) {
	server := &http.Server{
		Handler: rest.Handler(s, admitHTTP(l, door), config.Explain), MaxHeaderBytes: maxHeader,
		ReadHeaderTimeout: headerTime, ReadTimeout: requestTime, WriteTimeout: answerTime, IdleTimeout: idleTime,
		ErrorLog: log.New(serverLog{door, s.Log()}, "", 0),
	}
	listener := l.Listener
	if config := door.TLS(); config != nil && !l.Unix {
		listener = tls.NewListener(l, config)
	}
	go func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			failed <- fmt.Errorf("listener %s: %w", l.Addr(), err)
		}
	}()
	return func() {
		// Those who follow entries would not end by themselves.
		s.Live.Close()
		ctx, cancel := context.WithTimeout(context.Background(), drain)
		defer cancel()
		if server.Shutdown(ctx) != nil {
			_ = server.Close()
		}
	}
}

// admitHTTP returns what admits requests of a listener. A client that may open a Unix socket is admitted.
func admitHTTP(l *listen.Listener, door *listen.Door) rest.Admit {
	return func(r *http.Request) (policyserver.Actor, error) {
		who := policyserver.Actor{Address: r.RemoteAddr}
		if l.Unix {
			return who, nil
		}
		pass, err := door.Admit(r.RemoteAddr, r.TLS, r.Header.Get("Authorization"))
		who.Certificate, who.Token = pass.Certificate, pass.Token
		return who, err
	}
}

// serverLog takes the lines that the HTTP server logs, of which those about handshakes are about clients that were
// turned away.
type serverLog struct {
	door *listen.Door
	log  logrus.FieldLogger
}

func (l serverLog) Write(line []byte) (int, error) {
	text := string(bytes.TrimSpace(line))
	rest, handshake := strings.CutPrefix(text, "http: TLS handshake error from ")
	if address, reason, found := strings.Cut(rest, ": "); handshake && found {
		l.door.TurnedAway(address, "", errors.New(reason))
	} else {
		l.log.Warn(text)
	}
	return len(line), nil
}
