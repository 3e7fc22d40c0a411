package webhook

import (
	"encoding/base64"
	"strings"
	"testing"

	"broadsheet/pkg/fault"
)

// Whatever stands in the file: it is good, or refused without being shown.
func FuzzSecrets(f *testing.F) {
	good := "whsec_" + base64.StdEncoding.EncodeToString(make([]byte, 32))
	for _, seed := range []string{"", good, good + "\n#\n\n" + good + "\n", "whsec_", "secret", good + "=", strings.Repeat(good+"\n", 9), "\xff\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		hooks, err := parseSecrets(data)
		if err == nil && (len(hooks) == 0 || len(hooks) > mostSecrets) {
			t.Errorf("%d secrets are taken", len(hooks))
		}
		if err != nil && (!fault.Is(err, fault.Invalid) || fault.ProblemOf(err).Remedy == "") {
			t.Errorf("%v", err)
		}
	})
}
