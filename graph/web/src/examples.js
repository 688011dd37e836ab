/** Operations to start from; each file is valid against the supergraph (tests/graph/web check that). */
import addToWatchlist from './operations/add-to-watchlist.graphql';
import browseTitles from './operations/browse-titles.graphql';
import login from './operations/login.graphql';
import myPage from './operations/my-page.graphql';
import platforms from './operations/platforms.graphql';
import playbackChanged from './operations/playback-changed.graphql';
import rateTitle from './operations/rate-title.graphql';
import recommendations from './operations/recommendations.graphql';
import removeFromWatchlist from './operations/remove-from-watchlist.graphql';
import reportPlayback from './operations/report-playback.graphql';
import searchTitles from './operations/search-titles.graphql';
import suggest from './operations/suggest.graphql';
import titlePage from './operations/title-page.graphql';
import watchlistChanged from './operations/watchlist-changed.graphql';
import whatToWatchTonight from './operations/what-to-watch-tonight.graphql';

const json = value => JSON.stringify(value, null, 2);
const titleId = 'paste the id of a title here';

/** One example: `title` as listed, the operation, its variables as JSON text, and whether it needs a signed-in user. */
const example = (title, query, variables, signedIn = false) => ({
  title, query, variables: variables && json(variables), signedIn,
});

const tonight = example('What to watch tonight', whatToWatchTonight, { region: 'US' });
const search = example('Search titles', searchTitles, { query: 'space adventure', region: 'US' });
const mine = example('My page', myPage, null, true);
const follow = example('Watchlist changes', watchlistChanged, null, true);

/** All examples in groups, as the Examples pane lists them. */
export const GROUPS = [
  {
    name: 'Find something',
    examples: [
      tonight,
      search,
      example('Suggestions while typing', suggest, { prefix: 'matr' }),
      example('Browse titles', browseTitles, { filter: { genres: ['COMEDY'], runtimeMinutes: { max: 120 } } }),
      example('A title’s page', titlePage, { imdb: 'tt0133093', region: 'US' }),
      example('Recommendations', recommendations, null),
      example('Platforms', platforms, { region: 'US' }),
    ],
  },
  {
    name: 'My account',
    examples: [
      example('Sign in', login, { input: { email: 'you@example.org', password: '' } }),
      mine,
      example('Add to the watchlist', addToWatchlist, { titleId }, true),
      example('Remove from the watchlist', removeFromWatchlist, { titleId }, true),
      example('Rate a title', rateTitle, { titleId, value: 8.5 }, true),
      example(
        'Report playback', reportPlayback,
        { input: { titleId, positionMs: 1_800_000, durationMs: 8_160_000, state: 'PLAYING' } }, true,
      ),
    ],
  },
  {
    name: 'Live',
    examples: [follow, example('Playback changes', playbackChanged, null, true)],
  },
];

/** The tabs of a first visit. */
export const STARTER_TABS = [tonight, search, mine, follow].map(({ query, variables }) => ({ query, variables }));
