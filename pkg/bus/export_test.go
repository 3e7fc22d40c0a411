package bus

// WriteLetter is the first of the two steps of burying a message.
var WriteLetter = (*Bus).writeLetter
