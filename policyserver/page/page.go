package page

import (
	"embed"
	"io/fs"
	"net/http"
)

// Path is where the page is; the names of its files come after it.
const Path = "/ui/"

//go:embed files
var files embed.FS

// policy allows a browser to load what is here, and nothing else: a text that was taken for HTML could do nothing.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; " +
	"form-action 'none'; frame-ancestors 'none'"

// Handler serves the page. It holds nothing that is worth protecting, so it needs no token; a browser could not send one
// with its first request.
func Handler() http.Handler {
	// The folder is part of the program.
	folder, err := fs.Sub(files, "files")
	if err != nil {
		panic(err)
	}
	server := http.StripPrefix(Path, http.FileServerFS(folder))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Content-Security-Policy", policy)
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("Cross-Origin-Opener-Policy", "same-origin")
		header.Set("Cross-Origin-Resource-Policy", "same-origin")
		header.Set("Cache-Control", "no-cache")
		server.ServeHTTP(w, r)
	})
}
