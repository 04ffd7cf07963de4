package budgets_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// root is where the module begins.
const root = "../.."

// The file map leads newcomers to the room they look for: what it names must be there.
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
			if list, err := filepath.Glob(filepath.Join(root, dir, filepath.Base(m[1]))); err != nil || len(list) == 0 {
				t.Errorf("DESIGN.md names %s, which is not there", m[1])
			}
			found++
		}
	}
	if found < 40 {
		t.Errorf("%d files were found in the map", found)
	}
}

// The compiler charges every package that mentions these 45 to 100 KB, see decision 010; internal/structs and internal/spare
// have them for all.
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
