"""Reports of employers, landlords, property managers and agents: tables read and carried out."""
