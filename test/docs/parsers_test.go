package docs

import (
	"path/filepath"
	"testing"
)

func TestTheReferenceOfParsersIsUpToDate(t *testing.T) {
	if read(t, filepath.Join(root, "docs/parsers.md")) != ParsersPage() {
		t.Error("docs/parsers.md is not what the code says: run make generate")
	}
}
