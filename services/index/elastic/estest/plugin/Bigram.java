package broadsheet;

import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.cjk.CJKBigramFilter;
import org.elasticsearch.plugin.NamedComponent;
import org.elasticsearch.plugin.analysis.TokenFilterFactory;

/** Lucene's filter of character pairs under the name it has in a stock Elasticsearch. */
@NamedComponent("cjk_bigram")
public class Bigram implements TokenFilterFactory {
    @Override
    public TokenStream create(TokenStream in) {
        return new CJKBigramFilter(in);
    }
}
