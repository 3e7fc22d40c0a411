// Command broadsheet turns newspaper pages into searchable articles: it runs the
// whole pipeline in one process (broadsheet up) and is the tool to use one.
package main

import "os"

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
