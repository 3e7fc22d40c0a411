package intake

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"broadsheet/pkg/fault"
	"broadsheet/pkg/newspaper"
)

// Item is one file that shall become a page, or the reason why it cannot.
type Item struct {
	Path     string
	Key      newspaper.PageKey // zero when Err is set
	UploadID string            // from the manifest; may be empty
	Row      int               // of the manifest, its first being 1; 0 without one
	Err      error
}

// Files returns an item for each file, and for each file below each directory,
// in the order of their names. Hidden files and directories below a given one
// are passed over. What known says goes before what the name says.
func Files(paths []string, known Fields, patterns []Pattern) []Item {
	if known.Publication != "" && known.Date != "" && known.Page == "" {
		byPage, err := ParsePattern(pagePattern)
		if err == nil {
			patterns = append(patterns[:len(patterns):len(patterns)], byPage)
		}
	}
	var items []Item
	for _, path := range paths {
		err := filepath.WalkDir(path, func(file string, entry fs.DirEntry, err error) error {
			switch {
			case err != nil:
				items = append(items, Item{Path: file, Err: unreadable(err)})
				return skipDir(entry)
			case file != path && strings.HasPrefix(entry.Name(), "."):
				return skipDir(entry)
			case !entry.IsDir():
				items = append(items, named(file, known, patterns))
			}
			return nil
		})
		if err != nil {
			items = append(items, Item{Path: path, Err: unreadable(err)})
		}
	}
	return onlyOnce(items)
}

func skipDir(entry fs.DirEntry) error {
	if entry != nil && entry.IsDir() {
		return filepath.SkipDir
	}
	return nil
}

func unreadable(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fault.New(fault.NotFound, "there is no such file").Fix("correct the path")
	}
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err // the table names the file already
	}
	return fault.Wrap(fault.Invalid, err, "cannot be read")
}

// named finds a file's key. The first pattern that fits decides.
func named(file string, known Fields, patterns []Pattern) Item {
	item := Item{Path: file}
	if known.Publication != "" && known.Date != "" && known.Page != "" {
		item.Key, item.Err = known.Key()
		return item
	}
	name := filepath.ToSlash(file)
	if absolute, err := filepath.Abs(file); err == nil {
		name = filepath.ToSlash(absolute) // "01.txt" is also "<date>/<edition>/01.txt"
	}
	for _, p := range patterns {
		if f, ok := p.Match(name); ok {
			item.Key, item.Err = known.over(f).Key()
			return item
		}
	}
	var tried []string
	for _, p := range patterns {
		tried = append(tried, p.String())
	}
	item.Err = fault.New(fault.Invalid, "its name does not say which page it is (tried %s)", strings.Join(tried, ", ")).
		On("name-pattern").Fix("give --publication, --date and --page, a --name-pattern, or a --manifest")
	return item
}

// onlyOnce refuses a file whose page another one is already: which of them would
// be the newer revision would be chance.
func onlyOnce(items []Item) []Item {
	taken := make(map[newspaper.PageKey]string, len(items))
	for i := range items {
		item := &items[i]
		if item.Err != nil {
			continue
		}
		if first, there := taken[item.Key]; there {
			item.Err = fault.New(fault.Conflict, "%s is the page %s already", first, item.Key).
				Fix("give each file its own key, or upload them one after the other")
			item.Key = newspaper.PageKey{}
			continue
		}
		taken[item.Key] = item.Path
	}
	return items
}

// Read returns the file's bytes: fault.Invalid when it cannot be read.
func (i Item) Read() ([]byte, error) {
	data, err := os.ReadFile(i.Path)
	if err != nil {
		return nil, unreadable(err)
	}
	return data, nil
}
