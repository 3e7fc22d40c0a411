package deploy

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/compose-spec/compose-go/v2/dotenv"
)

// natsd is nats-server as a program of ours, which the image does not have.
const natsd = "natsd"

// Build builds the image's programs into bin, by the Dockerfile's own line but for
// what would build every package anew instead of taking it from the cache; and
// nats-server beside them. folder is this package's.
func Build(ctx context.Context, folder, bin string) error {
	dockerfile, err := os.ReadFile(filepath.Join(folder, "Dockerfile"))
	if err != nil {
		return err
	}
	line := regexp.MustCompile(`(?s)(CGO_ENABLED=0 go build .*?) \\\n &&`).FindSubmatch(dockerfile)
	if line == nil {
		return fmt.Errorf("no build line in the Dockerfile")
	}
	command := strings.NewReplacer("/rootfs/bin/", bin+"/", "-trimpath ", "").Replace(string(line[1])) + " broadsheet/cmd/broadsheet/" + natsd
	cmd := exec.CommandContext(ctx, "sh", "-c", command)
	cmd.Dir = filepath.Join(folder, "..")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", command, err, out)
	}
	return nil
}

// Example is .env.example of the folder with every password filled in.
func Example(folder string) (map[string]string, error) {
	variables, err := dotenv.Read(filepath.Join(folder, ".env.example"))
	if err != nil {
		return nil, err
	}
	for name, value := range variables {
		if value == "" {
			variables[name] = "p" + strings.ToLower(strings.ReplaceAll(name, "_", ""))
		}
	}
	return variables, nil
}
