package elastic

// Format is what scripted nodes say of their mapping.
const Format = format
