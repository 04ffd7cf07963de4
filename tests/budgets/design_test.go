package budgets_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// root is the root of the module.
const root = "../.."

// The file map in DESIGN.md names only files that exist.
func TestFileMapNamesWhatIsThere(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(root, "DESIGN.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, files, _ := strings.Cut(string(text), "\n## File map\n")
	files, _, _ = strings.Cut(files, "\n## ")
	name := regexp.MustCompile("`([^`]+)`")
	found := 0
	for row := range strings.Lines(files) {
		cells := strings.Split(row, "|")
		if len(cells) < 3 {
			continue
		}
		dir := "."
		for _, m := range name.FindAllStringSubmatch(cells[1], -1) {
			if strings.Contains(m[1], "/") {
				dir = filepath.Dir(m[1])
			}
			list, err := filepath.Glob(filepath.Join(root, dir, filepath.Base(m[1])))
			if err != nil || len(list) == 0 {
				t.Errorf("DESIGN.md names %s, which is not there", m[1])
			}
			found++
		}
	}
	if found < 40 {
		t.Errorf("%d files were found in the map", found)
	}
}

// DESIGN.md names only Go files that exist, outside the file map too. There a name without a folder may be
// that of a file in any folder.
func TestDesignNamesWhatIsThere(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(root, "DESIGN.md"))
	if err != nil {
		t.Fatal(err)
	}
	there := map[string]bool{}
	err = filepath.WalkDir(root, func(path string, _ os.DirEntry, err error) error {
		if filepath.Ext(path) == ".go" {
			there[filepath.Base(path)] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	names := regexp.MustCompile("`([a-z0-9_/]+\\.go)`").FindAllStringSubmatch(string(text), -1)
	if len(names) < 40 {
		t.Errorf("%d files were found", len(names))
	}
	for _, m := range names {
		if strings.Contains(m[1], "/") {
			if _, err := os.Stat(filepath.Join(root, m[1])); err != nil {
				t.Errorf("DESIGN.md names %s, which is not there", m[1])
			}
		} else if !there[m[1]] {
			t.Errorf("DESIGN.md names %s, which is not there", m[1])
		}
	}
}

// The table of tests in CONTRIBUTING.md has each folder of tests, and no other.
func TestEachFolderOfTestsIsInTheTable(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(root, "CONTRIBUTING.md"))
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	row := regexp.MustCompile("(?m)^\\| `tests/([a-z]+)` \\|")
	for _, m := range row.FindAllStringSubmatch(string(text), -1) {
		rows = append(rows, m[1])
	}
	list, err := os.ReadDir(filepath.Join(root, "tests"))
	if err != nil {
		t.Fatal(err)
	}
	var folders []string
	for _, entry := range list {
		if entry.IsDir() {
			folders = append(folders, entry.Name())
		}
	}
	slices.Sort(rows)
	if !slices.Equal(rows, folders) {
		t.Errorf("the table has %v, and the folders are %v", rows, folders)
	}
}

// These types add 45 to 100 KB to each package that mentions them, see decision 010. internal/structs and
// internal/spare have them for all packages.
func TestRootPackageLeavesOutWhatIsLarge(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(root, "*.go"))
	if err != nil || len(files) < 40 {
		t.Fatalf("found %d files, and %v", len(files), err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, large := range []string{"\"reflect\"\n", "sync.Pool", "sync.Map"} {
			if strings.Contains(string(text), large) {
				t.Errorf("%s mentions %s", file, strings.TrimSpace(large))
			}
		}
	}
}

// The listing of the root folder is its table of contents, so it stays short.
func TestRootFolderStaysShort(t *testing.T) {
	t.Parallel()
	const most = 72
	files, err := filepath.Glob(filepath.Join(root, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	if n := len(files); n > most || n < 40 {
		t.Errorf("the root has %d Go files, and should have at most %d: what is not for users belongs in "+
			"internal/, and tests through the API in tests/", n, most)
	}
}
