package envoy

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"time"
)

// Admin is the address of Envoy's admin interface.
type Admin string

// ReadyAdmin returns the address that Envoy has written to the file of its option --admin-address-path. It is not ready
// until that is there and Envoy serves.
func ReadyAdmin(file string) (a Admin, ready bool) {
	addr, err := os.ReadFile(file)
	if err != nil || len(addr) == 0 {
		return "", false
	}
	a = Admin(addr)
	_, err = a.Get("/ready")
	return a, err == nil
}

// Get returns what the admin interface sends for a path.
func (a Admin) Get(path string) ([]byte, error) {
	client := http.Client{Timeout: 5 * time.Second}
	response, err := client.Get("http://" + string(a) + path)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", path, response.Status)
	}
	return body, err
}
