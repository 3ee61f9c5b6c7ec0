-- Where postal codes are, as the operator loaded them: a search may name one in place of coordinates.

-- Which countries have a table. A country without a row here has none of its own.
CREATE TABLE postal_code_tables (
    country TEXT NOT NULL PRIMARY KEY,
    -- The format, which is also whose data it is: 'geonames' or 'census_gazetteer'.
    source TEXT NOT NULL,
    codes BIGINT NOT NULL,
    loaded_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE postal_codes (
    country TEXT NOT NULL,
    -- In upper case, without spaces and hyphens.
    postal_code TEXT NOT NULL,
    -- WGS 84, in degrees.
    latitude DOUBLE PRECISION NOT NULL,
    longitude DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (country, postal_code)
);
