package redpoll

import "time"

// FTSearchResult is the reply of FTSearch.
type FTSearchResult struct {
	// Total is the number of documents that match, of which Docs are a part.
	Total int64
	Docs  []FTDoc
	// Warnings say why documents may be missing. Servers send them over RESP3 only.
	Warnings []string
	// Extra is what else the server says.
	Extra map[string]Value
}

// FTDoc is a document that was found.
type FTDoc struct {
	// ID is the document's key.
	ID string
	// Score is set with WithScores, and Explanation with ExplainScore: nested lists of text.
	Score       float64
	Explanation Value
	// Payload is set with WithPayloads, SortKey with WithSortKeys.
	Payload, SortKey Null[string]
	// Fields are those asked for that the document has; a JSON document as a whole is the field "$". It is nil
	// with NoContent, and when the document has gone since it was found.
	Fields map[string]string
	// Extra is what else the server says of the document, over RESP3.
	Extra map[string]Value
}

// FTAggregateResult is the reply of FTAggregate, FTCursorRead and FTHybrid.
type FTAggregateResult struct {
	// Total is what the server says of the number of rows; before server 8.8 it is no use for FTAggregate.
	Total int64
	// Rows are the properties of each row. A value is text, or an array as TOLIST gives; Kind tells.
	Rows []map[string]Value
	// Cursor is what to give to FTCursorRead; 0 says that no row is left.
	Cursor int64
	// ExecutionTime is set by FTHybrid.
	ExecutionTime time.Duration
	// Warnings say why rows may be missing. But for FTHybrid servers send them over RESP3 only.
	Warnings []string
	// Extra is what else the server says.
	Extra map[string]Value
}

// FTProfile is the result of a query and how the server came by it.
type FTProfile[T any] struct {
	Result T
	// Profile are times and counts, in a form that depends on the server's version; maps are arrays of keys and
	// values in turn, which Value.Map reads. What the server says beside both is in Result.Extra.
	Profile Value
}

// FTIndex is the reply of FTInfo.
type FTIndex struct {
	Name string
	// Options are words such as NOOFFSETS.
	Options    []string
	Definition FTDefinition
	Attributes []FTAttribute
	// Docs, Terms and Records are the numbers of documents, of different terms, and of places where they stand.
	Docs, MaxDocID, Terms, Records int64
	// Indexing says that the first scan goes on; PercentIndexed is its part that is done, from 0 to 1.
	Indexing       bool
	PercentIndexed float64
	// IndexingTime is how long indexing took so far, Failures how many documents it could not read.
	IndexingTime time.Duration
	Failures     int64
	Uses         int64
	// Sizes are sizes in megabytes, and averages, by the server's names, such as inverted_sz_mb.
	Sizes map[string]float64
	// GC, Cursors and Dialects are counters by the server's names.
	GC, Cursors, Dialects map[string]float64
	Errors                FTErrors
	FieldErrors           []FTFieldErrors
	// Extra is what else the server says, and values of the fields above that have another form there.
	Extra map[string]Value
}

// FTDefinition says which keys an index has.
type FTDefinition struct {
	// KeyType is HASH or JSON.
	KeyType      string
	Prefixes     []string
	Filter       string
	Language     string
	DefaultScore float64
	// IndexesAll is set by IndexAll.
	IndexesAll bool
	// Extra is what else the server says.
	Extra map[string]Value
}

// FTAttribute is a field of an index.
type FTAttribute struct {
	// Identifier is the field or path, Attribute the name in queries, Type TEXT, TAG and so on.
	Identifier, Attribute, Type string
	// Weight is that of a text field, Separator that of a tag field.
	Weight    float64
	Separator string
	// Flags are words such as SORTABLE and NOSTEM.
	Flags []string
	// Extra is what else the server says, such as algorithm, data_type, dim and distance_metric of a vector.
	Extra map[string]Value
}

// FTErrors says how many documents could not be indexed.
type FTErrors struct {
	Failures int64
	// LastError is the text of the last failure and LastKey its key; the server says N/A when there was none.
	LastError, LastKey string
	// Extra is what else the server says.
	Extra map[string]Value
}

// FTFieldErrors says how often a field could not be indexed.
type FTFieldErrors struct {
	Identifier, Attribute string
	FTErrors
	// Statistics is what else the server says of the field.
	Statistics map[string]Value
}

// FTMisspelled is a word of a query that the index does not have.
type FTMisspelled struct {
	Term string
	// Suggestions are words instead, the best first; there may be none.
	Suggestions []Z
}

// FTSuggestion is a completion.
type FTSuggestion struct {
	Text    string
	Score   float64
	Payload Null[string]
}
