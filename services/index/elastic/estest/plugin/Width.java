package broadsheet;

import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.cjk.CJKWidthFilter;
import org.elasticsearch.plugin.NamedComponent;
import org.elasticsearch.plugin.analysis.TokenFilterFactory;

/** Lucene's filter of full-width and half-width forms under the name it has in a stock Elasticsearch. */
@NamedComponent("cjk_width")
public class Width implements TokenFilterFactory {
    @Override
    public TokenStream create(TokenStream in) {
        return new CJKWidthFilter(in);
    }
}
