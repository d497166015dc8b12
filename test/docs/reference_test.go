package docs

import (
	"path/filepath"
	"testing"

	"github.com/proxylib/proxylib/test/docs/reference"
)

func TestTheReferenceIsUpToDate(t *testing.T) {
	wanted, err := reference.Pages(root)
	if err != nil {
		t.Fatal(err)
	}
	for path, page := range wanted {
		if read(t, filepath.Join(root, path)) != page {
			t.Errorf("%s is not what the code says: run make generate", path)
		}
	}
}
