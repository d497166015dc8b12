// Package signer is a signing service for the filter security.
package signer

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"strconv"
	"time"
)

const (
	// Header is the header with the signature.
	Header = "x-signature"
	// Date is the header with the time, in seconds since 1970, that is part of what is signed.
	Date = "x-date"
	// Validity is how far that time may be from now.
	Validity = 5 * time.Minute
	// maxBody is the size, in bytes, of the largest body that is signed.
	maxBody = 1 << 20
)

// Sign returns the signature of a request. Each part but the last ends with a line feed, which it cannot have in itself.
func Sign(secret, method, path, date string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	io.WriteString(mac, method+"\n"+path+"\n"+date+"\n")
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

// Handler returns a service: for POST /sign?method=M&path=P with a body, the response has the headers that a request with these needs.
func Handler(secret string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if err != nil {
			http.Error(w, "the body cannot be read", http.StatusBadRequest)
			return
		}
		date := strconv.FormatInt(time.Now().Unix(), 10)
		w.Header().Set(Date, date)
		w.Header().Set(Header, Sign(secret, r.FormValue("method"), r.FormValue("path"), date, body))
	})
}
