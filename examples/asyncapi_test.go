package examples

import (
	"os/exec"
	"path/filepath"
	"testing"
)

// docs/asyncapi.yaml is valid by the AsyncAPI Initiative's own parser.
func TestAsyncAPI(t *testing.T) {
	dir := node(t, "asyncapi")
	document, err := filepath.Abs("../docs/asyncapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("node", "validate.js", document)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Logf("%s", out)
}
